"""How a network is run: on which device, in which precision, by torch as it is or compiled by OpenVINO."""

from app.sam.runtime.choice import EXACT, VARIABLE, Runtime, choose, computes_in_bfloat16, runtimes

__all__ = ["EXACT", "VARIABLE", "Runtime", "choose", "computes_in_bfloat16", "runtimes"]
