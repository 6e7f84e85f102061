"""The floors: programs that do the least possible work for the same purpose. They import nothing of the product."""
