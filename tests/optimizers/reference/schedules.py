"""What torch's schedulers give, beside the texts that should give the same here.

``python -m tests.optimizers.reference.schedules`` writes schedules.json next to this file; it needs torch, and the
tests that read the file do not. Each case: our text, and what makes torch's scheduler of an optimizer at LR.
"""

import json
from pathlib import Path

LR = 0.3
FILE = Path(__file__).with_suffix(".json")

# text -> (steps, the optimizer's learning rate, scheduler of an optimizer). ``s`` is torch.optim.lr_scheduler.
CASES = {
    "constant": (20, LR, lambda s, o: s.ConstantLR(o, 1.0, 5)),
    "constant:factor=0.25,span=7": (20, LR, lambda s, o: s.ConstantLR(o, 0.25, 7)),
    "step:gamma=0.5,size=7": (60, LR, lambda s, o: s.StepLR(o, 7, 0.5)),
    "step:gamma=0.1,size=1": (12, LR, lambda s, o: s.StepLR(o, 1, 0.1)),
    "multistep:first=5,second=12,third=31": (40, LR, lambda s, o: s.MultiStepLR(o, [5, 12, 31])),
    "multistep:gamma=0.3,first=9,second=9": (20, LR, lambda s, o: s.MultiStepLR(o, [9, 9], 0.3)),
    "multistep:gamma=0.7,first=20,second=3": (30, LR, lambda s, o: s.MultiStepLR(o, [20, 3], 0.7)),
    "exponential:gamma=0.97": (80, LR, lambda s, o: s.ExponentialLR(o, 0.97)),
    "exponential:gamma=0.5": (40, LR, lambda s, o: s.ExponentialLR(o, 0.5)),
    "linear:begin=0.2,finish=0.9,span=20": (30, LR, lambda s, o: s.LinearLR(o, 0.2, 0.9, 20)),
    "linear:begin=1,finish=0,span=33": (50, LR, lambda s, o: s.LinearLR(o, 1.0, 0.0, 33)),
    "polynomial:power=1,span=13": (20, LR, lambda s, o: s.PolynomialLR(o, 13, 1.0)),
    "polynomial:power=0.9,span=40": (50, LR, lambda s, o: s.PolynomialLR(o, 40, 0.9)),
    "polynomial:power=3.5,span=40": (50, LR, lambda s, o: s.PolynomialLR(o, 40, 3.5)),
    "cosine:span=40,lr_min=0.01": (41, LR, lambda s, o: s.CosineAnnealingLR(o, 40, 0.01)),
    "cosine:span=7": (8, LR, lambda s, o: s.CosineAnnealingLR(o, 7)),
    "cosine:span=1,lr_min=0.1": (2, LR, lambda s, o: s.CosineAnnealingLR(o, 1, 0.1)),
    "cosine-restarts:span=9": (60, LR, lambda s, o: s.CosineAnnealingWarmRestarts(o, 9)),
    "cosine-restarts:span=5,growth=2,lr_min=0.02": (
        160, LR, lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.02)
    ),
    "cosine-restarts:span=3,growth=3": (130, LR, lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 3)),
    "cosine-restarts:span=1,growth=5": (160, LR, lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, 5)),
    "one-cycle:span=50": (50, LR, lambda s, o: s.OneCycleLR(o, LR, 50, cycle_momentum=False)),
    "one-cycle:span=33,pct_start=0.45,div_factor=10,final_div_factor=100": (
        33, LR, lambda s, o: s.OneCycleLR(
            o, LR, 33, pct_start=0.45, div_factor=10, final_div_factor=100, cycle_momentum=False
        )
    ),
    "one-cycle:span=20,pct_start=0": (
        20, LR, lambda s, o: s.OneCycleLR(o, LR, 20, pct_start=0.0, cycle_momentum=False)
    ),
    "cyclic:up=4,down=4": (50, LR, lambda s, o: s.CyclicLR(o, LR / 10, LR, 4, cycle_momentum=False)),
    "cyclic:up=5,down=9,base=0.25": (80, LR, lambda s, o: s.CyclicLR(o, LR / 4, LR, 5, 9, cycle_momentum=False)),
    "cyclic:up=6,down=3,shrink=0.5": (
        60, LR, lambda s, o: s.CyclicLR(o, LR / 10, LR, 6, 3, mode="triangular2", cycle_momentum=False)
    ),
    "cyclic:up=7,down=7,gamma=0.98": (
        70, LR, lambda s, o: s.CyclicLR(o, LR / 10, LR, 7, mode="exp_range", gamma=0.98, cycle_momentum=False)
    ),
    "warmup:warmup=12,warmup_begin=0.1": (30, LR, lambda s, o: s.LinearLR(o, 0.1, 1.0, 12)),
    "warmup": (20, LR, lambda s, o: s.LinearLR(o, total_iters=10)),
    "constant:warmup=5": (12, LR, lambda s, o: behind(s, o, 5, 1 / 3, s.ConstantLR(o, 1.0, 1))),
    "cosine:span=30,warmup=8": (38, LR, lambda s, o: behind(s, o, 8, 1 / 3, s.CosineAnnealingLR(o, 30))),
    "step:gamma=0.5,size=6,warmup=6,warmup_begin=0.01": (
        40, LR, lambda s, o: behind(s, o, 6, 0.01, s.StepLR(o, 6, 0.5))
    ),
    "cosine-restarts:span=6,growth=2,warmup=5,warmup_begin=0.2": (
        60, LR, lambda s, o: behind(s, o, 5, 0.2, s.CosineAnnealingWarmRestarts(o, 6, 2))
    ),
    "polynomial:power=2,span=20,warmup=7": (40, LR, lambda s, o: behind(s, o, 7, 1 / 3, s.PolynomialLR(o, 20, 2.0))),
    "one-cycle:span=20,warmup=4": (
        24, LR, lambda s, o: behind(s, o, 4, 1 / 3, s.OneCycleLR(o, LR, 20, cycle_momentum=False))
    ),
    "cyclic:up=4,down=4,warmup=6": (
        40, LR / 10, lambda s, o: behind(s, o, 6, 1 / 3, s.CyclicLR(o, LR / 10, LR, 4, cycle_momentum=False))
    ),
}  # fmt: skip


def behind(s, optimizer, warmup, begin, schedule):
    return s.SequentialLR(optimizer, [s.LinearLR(optimizer, begin, total_iters=warmup), schedule], [warmup])


def stepped(text):
    """The learning rate of each step, as torch's scheduler makes it from the one before. Needs torch."""
    import torch

    steps, lr, make = CASES[text]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=lr)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    found = []
    for _ in range(steps):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


if __name__ == "__main__":
    import platform

    import torch

    made_with = {"torch": torch.__version__, "python": platform.python_version(), "lr": LR}
    cases = ",\n".join(f"{json.dumps(text)}: {json.dumps(stepped(text))}" for text in CASES)
    FILE.write_text(f'{{"made_with": {json.dumps(made_with)}, "cases": {{\n{cases}\n}}}}\n')
