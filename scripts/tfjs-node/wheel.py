"""What tfjs-node-build.mjs needs Python for. Nothing but the standard library; TensorFlow itself is never imported.

    wheel.py installed           the folder of the TensorFlow that this Python has, or an empty line
    wheel.py list WHEEL          names of the libraries and headers in a wheel, as JSON
    wheel.py unpack WHEEL DIR    writes them to DIR/tensorflow
    wheel.py untar TGZ DIR       unpacks an npm package to DIR/package
"""

import importlib.util
import json
import sys
import tarfile
import zipfile

LIBRARIES = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
# The C interface, and what it includes. The rest (Eigen, protobuf, ..) is for C++.
HEADERS = tuple("tensorflow/include/%s/" % name for name in ("tensorflow", "tsl", "xla"))


def needed(wheel):
    return [n for n in wheel.namelist() if n in LIBRARIES or (n.startswith(HEADERS) and n.endswith(".h"))]


def main(command, *paths):
    if command == "installed":
        spec = importlib.util.find_spec("tensorflow")
        folders = list(spec.submodule_search_locations or []) if spec else []
        print(folders[0] if folders else "")
    elif command == "list":
        with zipfile.ZipFile(paths[0]) as wheel:
            json.dump(needed(wheel), sys.stdout)
    elif command == "unpack":
        with zipfile.ZipFile(paths[0]) as wheel:
            wheel.extractall(paths[1], needed(wheel))
    elif command == "untar":
        with tarfile.open(paths[0]) as package:
            package.extractall(paths[1])


main(*sys.argv[1:])
