"""The desk: the page on which agents read and answer. Its socket only says what to read again."""
