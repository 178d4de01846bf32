"""What a training takes is measured or unknown, never made up."""

from typing import Any

import pynvml
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_trainer.data.architecture import MISTRAL_7B
from speechgrade_trainer.training.arithmetic import Workload, needed_flops, peak_tflops, utilization
from speechgrade_trainer.training.device import Device
from speechgrade_trainer.training.gpu_meter import Meter, PowerIntegral, Prices, nvml_counter, tokens_of

CPU = Device("CPU")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Counted:
    def __init__(self, *readings: float) -> None:
        self.readings = list(readings)

    def kwh(self) -> float:
        return self.readings.pop(0)


def test_a_reading_counts_real_tokens_and_says_what_was_padding() -> None:
    clock = Clock()
    meter = Meter(CPU, Prices(per_hour=3.6, per_kwh=0.5, currency="EUR"), Counted(7.0, 9.0), clock)
    meter.start()
    meter.add_tokens(real=300, padded=400, supervised=60)
    clock.now += 10
    reading = meter.reading()
    assert (reading.tokens_per_s, reading.padding_share, reading.supervised_tokens) == (30.0, 0.25, 60)
    assert reading.energy_kwh == pytest.approx(2.0)
    assert reading.cost == pytest.approx(0.01 + 1.0)
    assert reading.currency == "EUR"
    assert reading.peak_memory_bytes > 10_000_000
    assert reading.as_dict()["device"] == "CPU"


def test_a_machine_without_a_driver_has_no_energy_and_no_cost() -> None:
    meter = Meter.of(CPU, Prices())
    meter.start()
    reading = meter.reading()
    assert (reading.energy_kwh, reading.cost) == (None, None)
    assert reading.tokens_per_s == 0


@given(st.floats(0, 1e5), st.floats(0, 100), st.floats(0, 10), st.none() | st.floats(0, 100))
def test_a_cost_is_unknown_or_not_negative(seconds: float, hour: float, kwh: float, energy: float | None) -> None:
    cost = Prices(hour, kwh).cost(seconds, energy)
    assert (cost is None) == (hour == 0 and (kwh == 0 or energy is None))
    assert cost is None or cost >= 0


def test_power_is_integrated_where_there_is_no_counter() -> None:
    clock, watts = Clock(), iter([100.0, 300.0, 300.0])
    integral = PowerIntegral(lambda: next(watts), clock)
    clock.now += 1800
    assert integral.kwh() == pytest.approx(0.1)
    clock.now += 3600
    assert integral.kwh() == pytest.approx(0.4)


class Card:
    """A driver with one card; what it does not tell raises, as NVML does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **told: Any) -> None:
        self.asked: list[str] = []
        told |= {"nvmlInit": None, "nvmlDeviceGetHandleByUUID": "card"}
        for name in ("nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetPowerUsage", *told):
            monkeypatch.setattr(pynvml, name, self._answer(name, told))
        properties = type("Properties", (), {"uuid": "1234"})
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _index: properties)

    def _answer(self, name: str, told: dict[str, Any]) -> Any:
        def answer(*arguments: Any) -> Any:
            self.asked += [str(argument) for argument in arguments]
            if name not in told:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            return told[name]

        return answer


def test_a_card_counts_its_energy_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card(monkeypatch, nvmlDeviceGetTotalEnergyConsumption=7_200_000_000)
    counter = nvml_counter(Device("a card", (9, 0)))
    assert counter is not None
    assert counter.kwh() == pytest.approx(2.0)
    assert "GPU-1234" in card.asked


def test_a_card_without_a_counter_is_asked_for_its_power(monkeypatch: pytest.MonkeyPatch) -> None:
    Card(monkeypatch, nvmlDeviceGetPowerUsage=250_000)
    assert isinstance(nvml_counter(Device("a card", (7, 5))), PowerIntegral)


def test_a_divided_card_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    Card(monkeypatch)
    assert nvml_counter(Device("a card", (8, 0))) is None


def test_a_driver_that_is_not_there_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    assert nvml_counter(Device("a card", (8, 0))) is None


def test_the_tokens_of_padded_and_of_flat_batches_are_counted_alike() -> None:
    ids, labels = torch.tensor([[5, 6, 7], [8, 0, 0]]), torch.tensor([[-100, 6, 7], [8, -100, -100]])
    assert tokens_of({"input_ids": ids, "labels": labels, "attention_mask": ids.ne(0)}) == (4, 6, 3)
    assert tokens_of({"input_ids": ids[:1], "labels": labels[:1]}) == (3, 3, 2)


def test_the_arithmetic_of_a_7b_is_four_or_six_per_weight_and_token() -> None:
    assert MISTRAL_7B.linear + 2 * MISTRAL_7B.output == pytest.approx(7.24e9, rel=0.001)
    needed = needed_flops(Workload(tokens=1000, supervised=0, squares=0), adapter_weights=0)
    assert needed.four_n == 4 * 1000 * MISTRAL_7B.linear
    assert needed.six_n == pytest.approx(1.5 * needed.four_n)
    long = needed_flops(Workload(tokens=4096, supervised=0, squares=4096**2), adapter_weights=0)
    assert long.four_n > 4096 / 1000 * needed.four_n


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", 989.0),
        ("NVIDIA H100 PCIe", 756.0),
        ("NVIDIA A100-SXM4-80GB", 312.0),
        ("NVIDIA A10G", 70.0),
        ("NVIDIA L4", 121.0),
        ("NVIDIA L40S", 362.0),
        ("Tesla T4", 65.0),
        ("CPU", None),
    ],
)
def test_a_cards_peak_is_known_by_its_name_or_not_at_all(name: str, peak: float | None) -> None:
    assert peak_tflops(name) == peak
    assert (utilization(1e12, 1.0, peak) is None) == (peak is None)
