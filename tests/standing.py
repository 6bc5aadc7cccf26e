"""What stands in the book at this moment, and what must never: SQL for the tests of whatever moves many at once."""

ACTIVE = "status IN ('held', 'booked', 'checked_in', 'in_consultation')"

OVERLAPS = f"""
    SELECT a.id FROM appointments a JOIN appointments b ON a.id < b.id
    WHERE a.{ACTIVE} AND b.{ACTIVE} AND (
        (a.doctor_id = b.doctor_id AND a.occupied && b.occupied)
        OR (a.patient_id = b.patient_id AND a.during && b.during)
        OR (a.therapist_id = b.therapist_id AND a.occupied && b.occupied)
        OR (a.room_id = b.room_id AND a.occupied && b.occupied))
"""

STANDING = f"""
    SELECT patient_id, doctor_id, starts_at, ends_at, busy_until, clinic_id, status, token, mode, visit_type, fee,
        source, therapist_id, room_id, checked_in_at
    FROM appointments WHERE {ACTIVE} ORDER BY starts_at, doctor_id
"""
