"""What this project is made of: audit of its pins, bills of materials of its images, licences."""
