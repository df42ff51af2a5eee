"""What drives and explains; knows no screen."""
