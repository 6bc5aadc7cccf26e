"""The rows of whose things a call is about: each once for the own side and once for the other."""

PUT_APPOINTMENT = (
    "INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id,"
    " visit_type, is_emergency, status, held_until, token, mode, source, fee, version, created_at, updated_at)"
    " SELECT :id, :begins, :ends, :ends, CAST(:begins AT TIME ZONE 'Asia/Kolkata' AS date), :doctor,"
    " :patient, :clinic, 'first_visit', false, :status, :until, CASE WHEN CAST(:until AS timestamptz) IS NULL"
    " THEN 7 END, 'in_person', 'web', 50000, 1, :now, :now"
)

PUT_LEAVE = (
    "WITH taken AS (INSERT INTO leaves (id, doctor_id, starts_at, ends_at, created_at) OVERRIDING SYSTEM VALUE"
    " VALUES (:id, :doctor, :begins, :begins + interval '1 day', :now) RETURNING id)"
    " INSERT INTO resolutions (id, leave_ids, created_at) SELECT :resolution, ARRAY[id], :now FROM taken"
)

PUT_OFFER = (
    "INSERT INTO waitlist_offers (id, entry_id, appointment_id, starts_at, outcome, offered_at) OVERRIDING SYSTEM VALUE"
    " VALUES (:id, :entry, :hold, :begins, 'lapsed', :now)"
)

PUT_ENTRY = (
    "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, visit_type, weekdays, status,"
    " version, created_at, updated_at) SELECT :id, :doctor, :patient, day, day + 20, 'in_person', 'first_visit', '{}',"
    " 'waiting', 1, :now, :now FROM CAST(:now AS date) AS day"
)

PUT_INVITATION = (
    "INSERT INTO invitations (id, email, name, role, clinic_id, code_hash, invited_by, created_at, expires_at)"
    " VALUES (:id, :email, 'Invited', 'receptionist', :clinic, :hash, :by, :now, :until)"
)

PUT_SHEET = (
    "INSERT INTO cash_sheets (id, clinic_id, day, number, currency, opening_float, version, opened_by, opened_at)"
    " VALUES (:id, :clinic, CAST(:now AT TIME ZONE 'Asia/Kolkata' AS date), 1, 'INR', 0, 1, :by, :now)"
)

PUT_PAYMENT = (
    "INSERT INTO desk_payments (id, appointment_id, clinic_id, doctor_id, sheet_id, amount, remitted, currency, method,"
    " taken_by, taken_at) SELECT :id, :appointment, clinic_id, :doctor, id, 0, 1, 'INR', 'cash', :by, :now"
    " FROM cash_sheets WHERE id = :sheet"
)

NOTHING_MOVED = (
    '{"appointments": [], "courses": [], "waitlist_entries": [], "chart_openings": [], "patients": [], "clinics": [],'
    ' "swapped": [], "account_id": null, "is_holder": false}'
)

CHANGING = (
    "cash_sheets",
    "patient_merges",
    "chart_openings",
    "invitations",
    "outgoing_messages",
    "appointments",
    "resolution_moves",
    "resolutions",
    "leaves",
    "waitlist_offers",
    "waitlist_entries",
)
"""The tables whose rows are put there anew."""
