"""The card door: put the card in, and the program finds out who it is. Also the place カード afterwards."""
