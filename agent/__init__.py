"""What drives and explains; knows no screen."""

import os

# Of a stranger's picture [px], read when cv2 is imported: a second lock behind `agent.log.jpeg`.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(2**26))
