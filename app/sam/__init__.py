"""The model: what it is made of, how it is loaded, and how it is run."""

import os
import sys

# Before torch is loaded: its threads spin after every piece of work, by default for milliseconds, on the cores that
# OpenVINO, the window or another program would use. 2,000 turns keep torch itself as fast (encode 14 ms, starter).
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

# Before OpenVINO is loaded, by us or by torch: its telemetry tells Google Analytics of every import and conversion,
# keeps a client's number in the home folder, and forks this process. To Python it is a package that is not installed:
# OpenVINO then takes a stand-in of its own that does nothing. What imports OpenVINO here lies below this package.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
