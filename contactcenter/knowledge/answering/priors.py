"""What public question sets taught of the signals: a beginning for bases that are too small to teach it.

The mean over fourteen sets of what calibration learned from the articles of each, with an encoder and without.
"""

from contactcenter.knowledge.answering.calibration import Prior

WITHOUT_ENCODER = Prior(
    centres=(0.87, 0.45, 1.87, 0.47, 0.38, 0.07, -0.05),
    spreads=(0.44, 0.46, 2.97, 0.24, 0.16, 0.14, 0.15),
    says=(0.31, 0.57, 0.49, 0.29, 0.16, 0.01, 0.33, -0.38),
)
WITH_ENCODER = Prior(
    centres=(0.76, 0.46, 2.70, 0.45, 0.36, 0.04, -0.07, 0.63, 0.10, -0.10),
    spreads=(0.38, 0.42, 3.25, 0.25, 0.17, 0.15, 0.16, 0.17, 0.14, 0.16),
    says=(0.40, 0.64, 0.36, 0.24, 0.12, 0.06, 0.15, 0.25, 0.14, 0.54, -0.32),
)
