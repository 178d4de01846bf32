"""The exporter's own errors; everything else it raises comes from ``speechgrade_shared.errors``.

SpeechgradeError
└── ExporterError
    ├── ReadIncomplete       read_incomplete       later
    ├── DatasetUnsettled     dataset_unsettled     later
    ├── PublisherBusy        publisher_busy        later
    ├── SubjectKeyChanged    subject_key_changed   operator
    ├── ObjectUnverified     object_unverified     later
    ├── ErasureIncomplete    erasure_incomplete    later
    ├── CertificatesUnreadable certificates_unreadable operator
    └── FileInTheWay         file_in_the_way       operator
"""

from speechgrade_shared.errors import Retry, SpeechgradeError


class ExporterError(SpeechgradeError):
    """Something that the exporter could not bring to an end; nothing was lost, and another try may do it."""

    retry = Retry.LATER


class ReadIncomplete(ExporterError):
    """The project did not return every evaluation that was asked for."""

    code = "read_incomplete"


class DatasetUnsettled(ExporterError):
    """Rows kept changing while the dataset was made, so none was published."""

    code = "dataset_unsettled"


class PublisherBusy(ExporterError):
    """Another exporter holds the publisher's lease."""

    code = "publisher_busy"


class ObjectUnverified(ExporterError):
    """An object does not read back as it was written, so nothing names it."""

    code = "object_unverified"


class ErasureIncomplete(ExporterError):
    """An object that must go is still in the bucket, so no certificate was written."""

    code = "erasure_incomplete"


class SubjectKeyChanged(ExporterError):
    """The pseudonyms in the database were made with another key, so nothing is worked on."""

    code = "subject_key_changed"
    retry = Retry.OPERATOR


class CertificatesUnreadable(ExporterError):
    """A file that should hold certificates of withdrawals holds something else, so nothing of it is taken."""

    code = "certificates_unreadable"
    retry = Retry.OPERATOR


class FileInTheWay(ExporterError):
    """A new file cannot be made at the place that was named; what is there is left as it is."""

    code = "file_in_the_way"
    retry = Retry.OPERATOR
