"""The sizes of the screens that pages are looked at on."""

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
