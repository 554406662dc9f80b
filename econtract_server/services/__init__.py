"""What the server does, as plain blocking code over repository, objects and outbound."""
