"""What public question sets taught of the signals: a beginning for bases that are too small to teach it.

The mean over fourteen sets of what calibration learned from the articles of each, with an encoder and without.
"""

from contactcenter.knowledge.answering.calibration import Prior

WITHOUT_ENCODER = Prior(
    centres=(0.93, 0.50, 2.06, 0.48, 0.39, 0.08, -0.05),
    spreads=(0.47, 0.50, 3.05, 0.25, 0.17, 0.14, 0.16),
    says=(0.32, 0.59, 0.49, 0.29, 0.17, 0.02, 0.33, -0.17),
)
WITH_ENCODER = Prior(
    centres=(0.80, 0.50, 2.95, 0.47, 0.38, 0.06, -0.06, 0.68, 0.09, -0.08),
    spreads=(0.38, 0.44, 3.29, 0.26, 0.17, 0.16, 0.17, 0.15, 0.12, 0.14),
    says=(0.42, 0.65, 0.39, 0.21, 0.10, 0.04, 0.15, 0.28, 0.09, 0.54, -0.05),
)
