"""Files that people send: judged by content, stored, said as a message, served by an address nobody can guess.

`kinds`, `names` and `pictures` know nothing of tables; `store` is the one door to where bytes are kept.
"""
