"""How articles are found for a question, and how sure one can be: knowledge/answerer's port, in numpy alone.

OpenBLAS starts a thread for every core when numpy is first imported and has them spin between small products: a
question would cost the CPU of all cores for the time of one, and the event loop's with it. The number is read at that
import only, so it is set here, before any module of this package can import numpy. What the environment says stays.
"""

import os

for _library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_library, "1")
