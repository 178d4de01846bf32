"""The spans that a collector gets. Imported only where one is set: the libraries behind it cost time and memory."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from speechgrade_shared.errors import SpeechgradeError
from speechgrade_shared.tracing import TRACEPARENT, Role, Span, Value

_PATH = "/v1/traces"
_SEND_WITHIN_S = 5.0
_CODE = re.compile(r"[A-Za-z0-9_./{}:-]{1,80}")
_UNFIT = "unfit"
_ERROR = "error.type"
_KINDS: dict[Role, SpanKind] = {"step": SpanKind.INTERNAL, "answer": SpanKind.SERVER, "call": SpanKind.CLIENT}


class CollectorRecorder:
    """Gathers spans and sends them from a thread of its own. A collector that is away costs spans, and nothing else."""

    def __init__(self, service: str, version: str, endpoint: str) -> None:
        # What a caller thinks of sampling is for the caller's collector: whoever sets one here wants every score.
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": f"speechgrade-{service}", "service.version": version}),
            sampler=ALWAYS_ON,
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=endpoint.removesuffix(_PATH) + _PATH, timeout=_SEND_WITHIN_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("speechgrade")
        self._propagator = TraceContextTextMapPropagator()

    def span(self, name: str, parent: Mapping[str, str] | None, role: Role) -> Span:
        around = contexts.get_current()
        if parent is not None and TRACEPARENT in parent:
            around = self._propagator.extract(parent, context=contexts.Context())
        return _Recorded(self._tracer.start_span(name, context=around, kind=_KINDS[role]), self._propagator)

    def trace_id(self) -> str | None:
        here = trace.get_current_span().get_span_context()
        return f"{here.trace_id:032x}" if here.is_valid else None

    def stop(self) -> None:
        self._provider.shutdown()


class _Recorded(Span):
    def __init__(self, recorded: trace.Span, propagator: TraceContextTextMapPropagator) -> None:
        self._recorded = recorded
        self._context = trace.set_span_in_context(recorded)
        self._propagator = propagator

    def __enter__(self) -> Self:
        self._token = contexts.attach(self._context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        contexts.detach(self._token)
        if kind is not None:
            self.note(_ERROR, error.code if isinstance(error, SpeechgradeError) else kind.__name__)
            self._recorded.set_status(Status(StatusCode.ERROR))
        self._recorded.end()

    def note(self, name: str, value: Value) -> None:
        is_fit = not isinstance(value, str) or _CODE.fullmatch(value)
        self._recorded.set_attribute(name, value if is_fit else _UNFIT)

    def carried(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        carrier = dict(headers)
        self._propagator.inject(carrier, context=self._context)
        return carrier
