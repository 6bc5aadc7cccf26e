"""Courses of Panchakarma: doctor, therapist and room together."""
