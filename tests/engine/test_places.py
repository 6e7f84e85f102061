"""Links to maps: the place that stands in the address, or nothing."""

import pytest

from engine.activity import parse_message
from engine.activity.links import recognise

GOOGLE = "https://www.google.com/maps"
COORDINATES = {
    f"{GOOGLE}?q=43.84,-79.52": (43.84, -79.52, None),
    f"{GOOGLE}/search/?api=1&query=47.5951518%2C-122.3316393": (47.5951518, -122.3316393, None),
    f"{GOOGLE}/search/43.8425,+-79.524?entry=tts": (43.8425, -79.524, None),
    f"{GOOGLE}/@43.8,-79.5,15z": (43.8, -79.5, None),
    f"{GOOGLE}/place/43.8425,-79.524": (43.8425, -79.524, None),
    f"{GOOGLE}/place/43%C2%B050'33.1%22N+79%C2%B031'26.5%22W/@43.8425,-79.524,17z": (43.8425, -79.524, None),
    "https://www.google.co.uk/maps/place/Eiffel+Tower/@48.858,2.29,17z/data=!3m1!4b1!8m2!3d48.8583701!4d2.2944813!16z":
        (48.8583701, 2.2944813, "Eiffel Tower"),
    "https://maps.google.com/maps?q=loc:43.84,-79.52&z=17": (43.84, -79.52, None),
    "https://maps.google.de/?q=43.84,-79.52(My+Label)": (43.84, -79.52, "My Label"),
    "http://maps.google.com/maps?ll=43.84,-79.52": (43.84, -79.52, None),
    "https://maps.apple.com/?ll=50.894967,4.341626&q=Atomium": (50.894967, 4.341626, "Atomium"),
    "https://maps.apple.com/?q=50.894967,4.341626": (50.894967, 4.341626, None),
    "https://maps.apple.com/place?coordinate=48.85,2.29&name=Tour": (48.85, 2.29, "Tour"),
    "https://www.openstreetmap.org/?mlat=-52.5&mlon=13.4#map=15/1/2": (-52.5, 13.4, None),
    "https://www.openstreetmap.org/#map=17/52.51/-13.41&layers=N": (52.51, -13.41, None),
}  # fmt: skip
ADDRESSES = {
    f"{GOOGLE}/place/2640+Matheson+Blvd,+Mississauga": "2640 Matheson Blvd, Mississauga",
    f"{GOOGLE}/place/Atomium": "Atomium",
    f"{GOOGLE}/search/?api=1&query=2640+Matheson%2C+Mississauga": "2640 Matheson, Mississauga",
    "https://maps.google.com/?q=Bahnhofstr.%201%0A%E2%80%AE,%20Z%C3%BCrich": "Bahnhofstr. 1 , Zürich",
    "https://maps.apple.com/?address=1,Infinite+Loop,Cupertino": "1,Infinite Loop,Cupertino",
    "https://www.openstreetmap.org/search?query=Berlin%20Mitte%2C%205#map=1/2/3": "Berlin Mitte, 5",
}
NO_PLACES = [
    f"{GOOGLE}/search/pizza/@43.8,-79.5,15z", f"{GOOGLE}?q=pizza", f"{GOOGLE}?q=91,0", f"{GOOGLE}?q=1,181",
    f"{GOOGLE}/dir/Berlin/Hamburg,+1/@52.1,13.2,7z", f"{GOOGLE}/dir/?api=1&destination=1.5,2.5", GOOGLE,
    f"{GOOGLE}/place/?q=place_id:ChIJ12", "https://maps.google.com/?saddr=1,2&daddr=3,4", "https://www.google.com/?q=1,2",
    "https://maps.app.goo.gl/abc", "https://goo.gl/maps/abc", "https://maps.apple.com/?q=pizza&sll=1,2",
    "https://maps.apple.com/?daddr=1,2", "https://www.openstreetmap.org/node/123", "https://osm.org/go/0EEQjE--",
    "https://maps.google.com.evil.io/?q=1.5,2.5", "https://google.evil.io/maps?q=1.5,2.5", "https://x.io/maps?q=1.5,2.5",
]  # fmt: skip


@pytest.mark.parametrize("url", COORDINATES)
def test_a_map_link_with_coordinates_is_that_place(url):
    latitude, longitude, address = COORDINATES[url]
    message = recognise(url).message
    assert message == {"type": "location", "latitude": latitude, "longitude": longitude,
                       **({"address": address} if address else {})}  # fmt: skip
    assert parse_message(message) == message


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_map_link_with_an_address_is_that_address(url):
    message = recognise(url).message
    assert message == {"type": "location", "address": ADDRESSES[url]}
    assert parse_message(message) == message


@pytest.mark.parametrize("url", NO_PLACES)
def test_a_search_a_way_and_a_short_link_stay_links(url):
    assert recognise(url) is None
