"""The goods of the sample page's invented shop."""

from typing import NamedTuple


class Product(NamedTuple):
    """A card of the shop; `picture` is a file of `static/site`."""

    picture: str
    name: str
    text: str
    price: str
    mark: str = ""

    @property
    def path(self) -> str:
        """Of the picture, as the page's `static` tag takes it."""
        return f"site/{self.picture}"


PRODUCTS = (
    Product("teapot.svg", "Morrow teapot", "Stoneware, 0.9 l, pours without a drip.", "€48", "New"),
    Product("cup.svg", "Two quiet cups", "Glazed by hand, warm in both hands.", "€26"),
    Product("tin.svg", "Breakfast leaf", "Assam and Ceylon, 125 g in a tin.", "€12", "Best loved"),
    Product("kettle.svg", "Gooseneck kettle", "Steel, 1 l, with a slow and steady spout.", "€64"),
    Product("fern.svg", "Table fern", "Likes shade, a sip a day and no fuss.", "€19"),
    Product("whisk.svg", "Matcha whisk", "Cut from one piece of bamboo, 80 tines.", "€16"),
)
