"""The client of Headgate, a GitOps controller for data pipelines."""

from . import models
from ._client import AsyncHeadgate, Headgate
from ._download import AsyncDownload, Download
from ._errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    HeadgateError,
    InvalidRequestError,
    Issue,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from ._operation import UNSET, Unset
from ._options import RequestOptions, StreamOptions
from ._paging import AsyncPaginator, Page, Paginator
from ._runs import AsyncRunHandle, RunHandle, WaitTimeoutError
from ._stream import ServerEvent

__all__ = [
    "ApiError",
    "AsyncDownload",
    "AsyncHeadgate",
    "AsyncPaginator",
    "AsyncRunHandle",
    "AuthenticationError",
    "ConflictError",
    "ConnectionFailedError",
    "Download",
    "Headgate",
    "HeadgateError",
    "InvalidRequestError",
    "Issue",
    "NotFoundError",
    "Page",
    "Paginator",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestOptions",
    "RequestTimeoutError",
    "RunHandle",
    "ServerError",
    "ServerEvent",
    "StreamOptions",
    "UNSET",
    "Unset",
    "WaitTimeoutError",
    "models",
]
