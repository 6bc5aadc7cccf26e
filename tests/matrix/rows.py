"""The rows of whose things a call is about: each once for the own side and once for the other."""

PUT_APPOINTMENT = (
    "INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id,"
    " visit_type, is_emergency, status, held_until, token, mode, source, fee, version, created_at, updated_at)"
    " SELECT %(id)s, %(begins)s, %(ends)s, %(ends)s, CAST(%(begins)s AT TIME ZONE 'Asia/Kolkata' AS date), %(doctor)s,"
    " %(patient)s, %(clinic)s, 'first_visit', false, %(status)s, %(until)s,"
    " CASE WHEN CAST(%(until)s AS timestamptz) IS NULL THEN 7 END, 'in_person', 'web', 50000, 1, %(now)s, %(now)s"
)

PUT_LEAVE = (
    "WITH taken AS (INSERT INTO leaves (id, doctor_id, starts_at, ends_at, created_at) OVERRIDING SYSTEM VALUE"
    " VALUES (%(id)s, %(doctor)s, %(begins)s, %(begins)s + interval '1 day', %(now)s) RETURNING id)"
    " INSERT INTO resolutions (id, leave_ids, created_at) SELECT %(resolution)s, ARRAY[id], %(now)s FROM taken"
)

PUT_OFFER = (
    "INSERT INTO waitlist_offers (id, entry_id, appointment_id, starts_at, outcome, offered_at) OVERRIDING SYSTEM VALUE"
    " VALUES (%(id)s, %(entry)s, %(hold)s, %(begins)s, 'lapsed', %(now)s)"
)

PUT_ENTRY = (
    "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, visit_type, weekdays, status,"
    " version, created_at, updated_at) SELECT %(id)s, %(doctor)s, %(patient)s, day, day + 20, 'in_person',"
    " 'first_visit', '{}', 'waiting', 1, %(now)s, %(now)s FROM CAST(%(now)s AS date) AS day"
)

PUT_INVITATION = (
    "INSERT INTO invitations (id, email, name, role, clinic_id, code_hash, invited_by, created_at, expires_at)"
    " VALUES (%(id)s, %(email)s, 'Invited', 'receptionist', %(clinic)s, %(hash)s, %(by)s, %(now)s, %(until)s)"
)

PUT_SHEET = (
    "INSERT INTO cash_sheets (id, clinic_id, day, number, currency, opening_float, version, opened_by, opened_at)"
    " VALUES (%(id)s, %(clinic)s, CAST(%(now)s AT TIME ZONE 'Asia/Kolkata' AS date), 1, 'INR', 0, 1, %(by)s, %(now)s)"
)

PUT_PAYMENT = (
    "INSERT INTO desk_payments (id, appointment_id, clinic_id, doctor_id, sheet_id, amount, remitted, currency, method,"
    " taken_by, taken_at) SELECT %(id)s, %(appointment)s, clinic_id, %(doctor)s, id, 0, 1, 'INR', 'cash', %(by)s,"
    " %(now)s FROM cash_sheets WHERE id = %(sheet)s"
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
