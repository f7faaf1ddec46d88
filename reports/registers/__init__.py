"""The registers that feed the reports: one table says what each is, one engine serves them all."""
