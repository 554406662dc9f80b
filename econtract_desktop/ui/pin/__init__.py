"""The PIN dialog and the port PinPrompt over it."""
