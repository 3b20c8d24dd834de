"""What the tests of the whole program are written with. Start reading at case.py."""
