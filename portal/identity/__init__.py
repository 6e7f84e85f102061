"""Identity: who calls, proven by signed tokens that die with the secret they were obtained with."""
