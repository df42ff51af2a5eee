"""What a person sees: pictures, the window, the video."""
