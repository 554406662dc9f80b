"""What the services need from the world, as Protocols. One file per port; its adapter and its fake share the file's name."""
