# Made by `npm run gen` from the OpenAPI document. Changes belong there.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Literal, Mapping, Optional, Sequence, Type, TypedDict, Union

from .._model import Fields, Model

__all__ = [
    "ErrorCode",
    "AcceptedEvent",
    "AcceptedEvents",
    "AuditRecord",
    "AuditRecordActor",
    "ChangedPipelineBatch",
    "ChangedPipelineConfig",
    "ChangedPipelineConfigBatch",
    "ChangedPipelineConfigDelivery",
    "ChangedPipelineConfigDestination",
    "ChangedPipelineConfigDestinationAuthentication",
    "ChangedPipelineConfigHistory",
    "ChangedPipelineConfigLimits",
    "ChangedPipelineConfigRetry",
    "ChangedPipelineConfigRunner",
    "ChangedPipelineConfigRunnerResources",
    "ChangedPipelineConfigSchedule",
    "ChangedPipelineConfigSource",
    "ChangedPipelineConfigSourceAuthentication",
    "ChangedPipelineConfigSourceIncremental",
    "ChangedPipelineConfigTransform",
    "ChangedPipelineConfigTransformDedupe",
    "ChangedPipelineConfigTransformFlatten",
    "ChangedPipelineDelivery",
    "ChangedPipelineDestination",
    "ChangedPipelineDestinationAuthentication",
    "ChangedPipelineHistory",
    "ChangedPipelineLimits",
    "ChangedPipelineRetry",
    "ChangedPipelineRunner",
    "ChangedPipelineRunnerResources",
    "ChangedPipelineSchedule",
    "ChangedPipelineSource",
    "ChangedPipelineSourceAuthentication",
    "ChangedPipelineSourceIncremental",
    "ChangedPipelineTransform",
    "ChangedPipelineTransformDedupe",
    "ChangedPipelineTransformFlatten",
    "ConnectorManifest",
    "ConnectorManifestAction",
    "ConnectorManifestDestinationStream",
    "ConnectorManifestSourceStream",
    "ConnectorManifestStream",
    "Deleted",
    "DeliveryAttempt",
    "Discarded",
    "Event",
    "EventRequest",
    "IgnoredEvent",
    "InboundKey",
    "Integration",
    "IntegrationChangeSynchronization",
    "IntegrationCheck",
    "IntegrationCondition",
    "IntegrationSync",
    "IntegrationSyncSkipped",
    "IntegrationSynchronization",
    "IssuedToken",
    "LogLine",
    "Logs",
    "NewIntegrationSynchronization",
    "NewPipelineBatch",
    "NewPipelineConfig",
    "NewPipelineConfigBatch",
    "NewPipelineConfigDelivery",
    "NewPipelineConfigDestination",
    "NewPipelineConfigDestinationAuthentication",
    "NewPipelineConfigHistory",
    "NewPipelineConfigLimits",
    "NewPipelineConfigRetry",
    "NewPipelineConfigRunner",
    "NewPipelineConfigRunnerResources",
    "NewPipelineConfigSchedule",
    "NewPipelineConfigSource",
    "NewPipelineConfigSourceAuthentication",
    "NewPipelineConfigSourceIncremental",
    "NewPipelineConfigTransform",
    "NewPipelineConfigTransformDedupe",
    "NewPipelineConfigTransformFlatten",
    "NewPipelineDelivery",
    "NewPipelineDestination",
    "NewPipelineDestinationAuthentication",
    "NewPipelineHistory",
    "NewPipelineLimits",
    "NewPipelineRetry",
    "NewPipelineRunner",
    "NewPipelineRunnerResources",
    "NewPipelineSchedule",
    "NewPipelineSource",
    "NewPipelineSourceAuthentication",
    "NewPipelineSourceIncremental",
    "NewPipelineTransform",
    "NewPipelineTransformDedupe",
    "NewPipelineTransformFlatten",
    "PatchedPipelineConfig",
    "PatchedPipelineConfigDestination",
    "PatchedPipelineConfigDestination2",
    "PatchedPipelineConfigDestination2Authentication",
    "PatchedPipelineConfigDestinationAuthentication",
    "PatchedPipelineConfigSource",
    "PatchedPipelineConfigSource2",
    "PatchedPipelineConfigSource2Authentication",
    "PatchedPipelineConfigSource2Incremental",
    "PatchedPipelineConfigSourceAuthentication",
    "PatchedPipelineConfigTransform",
    "PatchedPipelineConfigTransformDedupe",
    "PatchedPipelineConfigTransformFlatten",
    "PatchedPipelineDestination",
    "PatchedPipelineDestination2",
    "PatchedPipelineDestination2Authentication",
    "PatchedPipelineDestinationAuthentication",
    "PatchedPipelineSource",
    "PatchedPipelineSource2",
    "PatchedPipelineSource2Authentication",
    "PatchedPipelineSource2Incremental",
    "PatchedPipelineSourceAuthentication",
    "PatchedPipelineTransform",
    "PatchedPipelineTransformDedupe",
    "PatchedPipelineTransformFlatten",
    "PendingWrite",
    "Pipeline",
    "PipelineCondition",
    "PipelineEvents",
    "PipelineLastRun",
    "PipelineSync",
    "Plan",
    "PlanChange",
    "PlanSummary",
    "RecordedError",
    "RecordedErrorIssue",
    "RejectedEvent",
    "RejectedEventError",
    "RejectedEventErrorError",
    "Replay",
    "ReplaySelection",
    "Repository",
    "RepositoryCondition",
    "Rotation",
    "RotationResealed",
    "Run",
    "RunPreview",
    "RunPreviewColumn",
    "RunProgress",
    "Secret",
    "SecretKey",
    "Sync",
    "SyncChange",
    "SyncRequest",
    "Timeline",
    "TimelinePipeline",
    "TimelinePipelineRun",
    "Token",
]

ErrorCode = Literal[
    "invalid_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "conflict",
    "precondition_failed",
    "request_timeout",
    "payload_too_large",
    "headers_too_large",
    "unsupported_media_type",
    "range_not_satisfiable",
    "idempotency_key_reused",
    "rate_limited",
    "unavailable",
    "internal",
    "invalid_yaml",
    "invalid_resource",
    "duplicate_resource",
    "reference_not_found",
    "literal_secret",
    "invalid_settings",
    "invalid_transform",
    "invalid_schedule",
    "git_unreachable",
    "git_url_refused",
    "git_ref_not_found",
    "git_unverified",
    "pull_request_failed",
    "git_corrupt",
    "path_empty",
    "prune_blocked",
    "plan_changed",
    "source_failed",
    "transform_failed",
    "destination_failed",
    "address_refused",
    "path_refused",
    "run_timeout",
    "run_cancelled",
    "output_not_kept",
    "runner_lost",
    "out_of_memory",
    "event_refused",
    "events_not_accepted",
    "backlog_full",
    "overloaded",
    "signature_invalid",
    "destination_unreachable",
    "destination_gone",
    "cluster_unreachable",
    "cluster_refused",
    "image_unavailable",
    "unschedulable",
    "pod_refused",
    "evicted",
    "node_lost",
    "store_full",
    "store_corrupt",
    "secret_key_missing",
    "secret_key_invalid",
    "store_newer",
    "storage_refused",
]
"""What `code` of an error can be; a newer server may know more."""


@dataclass(frozen=True)
class AcceptedEvent(Model):
    """An event that is durable."""

    id: str
    """The event."""
    event_id: str
    """The same as `id`."""
    pipeline_id: str
    """The pipeline that got it."""
    event_type: str
    status: Literal["accepted"]
    """It is durable and will be delivered."""
    received_at: str
    """When it was accepted."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "event_id": ("event_id", None),
        "pipeline_id": ("pipeline_id", None),
        "event_type": ("event_type", None),
        "status": ("status", None),
        "received_at": ("received_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "event_id", "pipeline_id", "event_type", "status", "received_at", )


@dataclass(frozen=True)
class AcceptedEvents(Model):
    """What became of each event."""

    data: List[Union[AcceptedEvent, RejectedEvent, IgnoredEvent]]
    """In the order of the request."""
    accepted: int
    rejected: int
    ignored: Optional[int]
    """Webhooks: left out when there is none."""

    _fields: ClassVar[Fields] = {
        "data": ("data", ("list", ("any", ("AcceptedEvent", "RejectedEvent", "IgnoredEvent",)))),
        "accepted": ("accepted", None),
        "rejected": ("rejected", None),
        "ignored": ("ignored", None),
    }
    _required: ClassVar[Sequence[str]] = ("data", "accepted", "rejected", )


@dataclass(frozen=True)
class AuditRecord(Model):
    """Who changed what, and when."""

    id: str
    """The record."""
    at: str
    """When it was asked for."""
    via: Literal["api", "cli", "server"]
    """cli: a command that worked on the store itself; server: done when it started."""
    actor: AuditRecordActor
    request_id: Union[str, None]
    """The same as `X-Request-Id` of the answer."""
    action: str
    """The operation of this document, or the command."""
    resource: Union[str, None]
    """As it was addressed."""
    workspace: Union[str, None]
    outcome: Literal["begun", "done", "refused", "failed"]
    """begun: it was under way when it was last heard of, and may have happened; refused: nothing
    was changed; failed: a part may have happened.
    """
    status: Union[int, None]
    code: Union[str, None]
    """Of the error; `dry_run` where only a plan was asked for."""
    revision: Union[str, None]
    """The commit that it became."""
    branch: Union[str, None]
    """The branch of a proposal."""
    address: Union[str, None]
    """Where it was asked from."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "at": ("at", None),
        "via": ("via", None),
        "actor": ("actor", "AuditRecordActor"),
        "request_id": ("request_id", None),
        "action": ("action", None),
        "resource": ("resource", None),
        "workspace": ("workspace", None),
        "outcome": ("outcome", None),
        "status": ("status", None),
        "code": ("code", None),
        "revision": ("revision", None),
        "branch": ("branch", None),
        "address": ("address", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "at", "via", "actor", "request_id", "action", "resource", "workspace", "outcome", "status", "code", "revision", "branch", "address", )


@dataclass(frozen=True)
class AuditRecordActor(Model):
    id: Union[str, None]
    """Of the token; null outside of the API."""
    name: str

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", )


@dataclass(frozen=True)
class ConnectorManifest(Model):
    service: str
    """Its name: `service` of an integration, `connector` in Git."""
    title: str
    summary: str
    kind: Literal["batch", "stream"]
    """stream: pipelines that read from it run all the time."""
    reads: bool
    """Whether it can be a source."""
    writes: bool
    """Whether it can be a destination."""
    query: bool
    """Whether a source takes `query` instead of `stream`."""
    source_stream: Union[ConnectorManifestSourceStream, None]
    """What `stream` means there; null: it is not used."""
    destination_stream: Union[ConnectorManifestDestinationStream, None]
    """What `stream` means there; null: it is not used."""
    modes: List[str]
    """Write modes, the default first."""
    settings: Dict[str, Any]
    """JSON Schema of its settings; fields with `secret: true` take references only."""
    event_types: List[str]
    """Events that it can be synchronized by; a `*` at the end stands for any end."""
    streams: List[ConnectorManifestStream]
    """What can be read, where the connector is declared."""
    actions: List[ConnectorManifestAction]
    """What can be written, where the connector is declared."""
    workspace: Union[str, None]
    """The workspace that declares it; null: every one has it."""

    _fields: ClassVar[Fields] = {
        "service": ("service", None),
        "title": ("title", None),
        "summary": ("summary", None),
        "kind": ("kind", None),
        "reads": ("reads", None),
        "writes": ("writes", None),
        "query": ("query", None),
        "source_stream": ("source_stream", "ConnectorManifestSourceStream"),
        "destination_stream": ("destination_stream", "ConnectorManifestDestinationStream"),
        "modes": ("modes", None),
        "settings": ("settings", None),
        "event_types": ("event_types", None),
        "streams": ("streams", ("list", "ConnectorManifestStream")),
        "actions": ("actions", ("list", "ConnectorManifestAction")),
        "workspace": ("workspace", None),
    }
    _required: ClassVar[Sequence[str]] = ("service", "title", "summary", "kind", "reads", "writes", "query", "source_stream", "destination_stream", "modes", "settings", "event_types", "streams", "actions", "workspace", )


@dataclass(frozen=True)
class ConnectorManifestAction(Model):
    name: str
    description: str

    _fields: ClassVar[Fields] = {
        "name": ("name", None),
        "description": ("description", None),
    }
    _required: ClassVar[Sequence[str]] = ("name", "description", )


@dataclass(frozen=True)
class ConnectorManifestDestinationStream(Model):
    required: bool
    description: str
    example: str

    _fields: ClassVar[Fields] = {
        "required": ("required", None),
        "description": ("description", None),
        "example": ("example", None),
    }
    _required: ClassVar[Sequence[str]] = ("required", "description", "example", )


@dataclass(frozen=True)
class ConnectorManifestSourceStream(Model):
    required: bool
    description: str
    example: str

    _fields: ClassVar[Fields] = {
        "required": ("required", None),
        "description": ("description", None),
        "example": ("example", None),
    }
    _required: ClassVar[Sequence[str]] = ("required", "description", "example", )


@dataclass(frozen=True)
class ConnectorManifestStream(Model):
    name: str
    description: str

    _fields: ClassVar[Fields] = {
        "name": ("name", None),
        "description": ("description", None),
    }
    _required: ClassVar[Sequence[str]] = ("name", "description", )


@dataclass(frozen=True)
class Deleted(Model):
    id: str
    deleted: Literal[True]

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "deleted": ("deleted", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "deleted", )


@dataclass(frozen=True)
class DeliveryAttempt(Model):
    """One try at handing an event, with others, to one destination."""

    attempt: int
    """Counts the tries at this destination, from 1."""
    destination: str
    outcome: Literal["delivered", "failed"]
    started_at: str
    """When it began."""
    duration_ms: float
    events: int
    """How many events were tried together."""
    revision: str
    """The definition that was used."""
    replay_id: Union[str, None]
    """The replay that it was part of."""
    request: Union[str, None]
    """An excerpt of what was sent, secrets redacted."""
    response: Union[str, None]
    """An excerpt of what was answered, secrets redacted."""
    error: Union[RecordedError, None]

    _fields: ClassVar[Fields] = {
        "attempt": ("attempt", None),
        "destination": ("destination", None),
        "outcome": ("outcome", None),
        "started_at": ("started_at", None),
        "duration_ms": ("duration_ms", None),
        "events": ("events", None),
        "revision": ("revision", None),
        "replay_id": ("replay_id", None),
        "request": ("request", None),
        "response": ("response", None),
        "error": ("error", "RecordedError"),
    }
    _required: ClassVar[Sequence[str]] = ("attempt", "destination", "outcome", "started_at", "duration_ms", "events", "revision", "replay_id", "request", "response", "error", )


@dataclass(frozen=True)
class Discarded(Model):
    discarded: int
    """How many."""

    _fields: ClassVar[Fields] = {
        "discarded": ("discarded", None),
    }
    _required: ClassVar[Sequence[str]] = ("discarded", )


@dataclass(frozen=True)
class Event(Model):
    """An event, and how far it got."""

    id: str
    """The event."""
    event_id: str
    """The same."""
    pipeline_id: str
    """The pipeline that took it."""
    pipeline: str
    """The pipeline's name."""
    workspace: str
    event_type: str
    key: Union[str, None]
    """Events of the same key keep their order."""
    status: Literal["accepted", "delivered", "failed", "cancelled"]
    """accepted: durable, waits for delivery; delivered: at every destination; failed: a dead
    letter, see `error`; cancelled.
    """
    offset: int
    """Counts the events of the pipeline, from 0."""
    payload: Dict[str, Any]
    attributes: Union[Dict[str, Any], None]
    """What came with it beside type, key and payload, such as attributes of CloudEvents."""
    received_at: str
    """When it was accepted."""
    ingested_at: str
    """The same."""
    delivered_at: Union[str, None]
    settled_at: Union[str, None]
    revision: Union[str, None]
    """The definition that settled it."""
    error: Union[RecordedError, None]
    """Why it failed."""
    attempt_count: Union[int, None]
    """Tries until it failed, where known."""
    cancelled_by: Union[str, None]
    """Who cancelled it: the name of a token."""
    retry_of: Union[str, None]
    """The event that this one tries again."""
    retried_by: Union[str, None]
    """The newest event that tries this one again."""
    resolved_at: Union[str, None]
    attempts: Optional[List[DeliveryAttempt]]
    """Tries that were kept, oldest first, 100 at most: those of exceptions and a sample of the
    rest. In the single view only.
    """
    created_at: str
    """As `received_at`."""
    updated_at: str
    """When its fate last changed."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "event_id": ("event_id", None),
        "pipeline_id": ("pipeline_id", None),
        "pipeline": ("pipeline", None),
        "workspace": ("workspace", None),
        "event_type": ("event_type", None),
        "key": ("key", None),
        "status": ("status", None),
        "offset": ("offset", None),
        "payload": ("payload", None),
        "attributes": ("attributes", None),
        "received_at": ("received_at", None),
        "ingested_at": ("ingested_at", None),
        "delivered_at": ("delivered_at", None),
        "settled_at": ("settled_at", None),
        "revision": ("revision", None),
        "error": ("error", "RecordedError"),
        "attempt_count": ("attempt_count", None),
        "cancelled_by": ("cancelled_by", None),
        "retry_of": ("retry_of", None),
        "retried_by": ("retried_by", None),
        "resolved_at": ("resolved_at", None),
        "attempts": ("attempts", ("list", "DeliveryAttempt")),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "event_id", "pipeline_id", "pipeline", "workspace", "event_type", "key", "status", "offset", "payload", "attributes", "received_at", "ingested_at", "delivered_at", "settled_at", "revision", "error", "attempt_count", "cancelled_by", "retry_of", "retried_by", "resolved_at", "created_at", "updated_at", )


@dataclass(frozen=True)
class IgnoredEvent(Model):
    """An event of a webhook that is not acted upon."""

    index: int
    """Its place in the request, from 0."""
    event_type: str
    status: Literal["ignored"]
    """It is not stored: the connection does not act upon its type."""
    reason: str

    _fields: ClassVar[Fields] = {
        "index": ("index", None),
        "event_type": ("event_type", None),
        "status": ("status", None),
        "reason": ("reason", None),
    }
    _required: ClassVar[Sequence[str]] = ("index", "event_type", "status", "reason", )


@dataclass(frozen=True)
class InboundKey(Model):
    """The inbound key of a custom integration."""

    id: str
    """The integration."""
    key: str
    """The key. It is shown this once and stored nowhere."""
    events_path: str
    """Where events are sent to with it."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "key": ("key", None),
        "events_path": ("events_path", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "key", "events_path", )


@dataclass(frozen=True)
class Integration(Model):
    """A connection: a connector with its settings, declared once, used by many pipelines."""

    id: str
    """The integration: the same in every installation."""
    name: str
    """Unique within the workspace; stands for the id in every path."""
    title: Union[str, None]
    """A name for people."""
    workspace: str
    service: str
    """The connector, by its name in the catalogue."""
    enabled: bool
    """Whether pipelines may use it."""
    settings: Dict[str, Any]
    """As they are declared: secrets as the references that Git holds, never their values."""
    synchronizations: List[IntegrationSynchronization]
    """Which events of it are acted upon."""
    status: Literal["active", "disabled", "draining", "error", "pending"]
    """active; disabled in Git; draining: it is going; error: see `conditions`; pending: not looked
    at yet.
    """
    conditions: List[IntegrationCondition]
    revision: str
    """The commit that last changed it."""
    created_at: str
    """When it was first applied."""
    updated_at: str
    """When it last changed."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "title": ("title", None),
        "workspace": ("workspace", None),
        "service": ("service", None),
        "enabled": ("enabled", None),
        "settings": ("settings", None),
        "synchronizations": ("synchronizations", ("list", "IntegrationSynchronization")),
        "status": ("status", None),
        "conditions": ("conditions", ("list", "IntegrationCondition")),
        "revision": ("revision", None),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "title", "workspace", "service", "enabled", "settings", "synchronizations", "status", "conditions", "revision", "created_at", "updated_at", )


@dataclass(frozen=True)
class IntegrationCheck(Model):
    """Whether an integration can connect."""

    id: str
    """The integration."""
    ok: bool
    """Whether it can connect."""
    message: str
    """What was found, or what is wrong."""
    streams: Union[List[str], None]
    """Streams that were found; null where the connector cannot tell."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "ok": ("ok", None),
        "message": ("message", None),
        "streams": ("streams", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "ok", "message", "streams", )


@dataclass(frozen=True)
class IntegrationCondition(Model):
    type: str
    """Ready, Reconciling or Stalled."""
    status: Literal["True", "False", "Unknown"]
    """Whether the condition holds."""
    reason: str
    """One word for programs."""
    message: str
    """One sentence for people."""
    last_transition_time: str
    """When `status` last changed."""
    observed_generation: Optional[int]
    """The generation this was judged for."""

    _fields: ClassVar[Fields] = {
        "type": ("type", None),
        "status": ("status", None),
        "reason": ("reason", None),
        "message": ("message", None),
        "lastTransitionTime": ("last_transition_time", None),
        "observedGeneration": ("observed_generation", None),
    }
    _required: ClassVar[Sequence[str]] = ("type", "status", "reason", "message", "lastTransitionTime", )


@dataclass(frozen=True)
class IntegrationSync(Model):
    """What a sync of an integration started."""

    id: str
    """The integration."""
    runs: List[Run]
    """The runs that were started."""
    skipped: List[IntegrationSyncSkipped]
    """Pipelines that were not started, and why: streams, which run all the time, and paused ones."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "runs": ("runs", ("list", "Run")),
        "skipped": ("skipped", ("list", "IntegrationSyncSkipped")),
    }
    _required: ClassVar[Sequence[str]] = ("id", "runs", "skipped", )


@dataclass(frozen=True)
class IntegrationSyncSkipped(Model):
    pipeline_id: str
    """The pipeline."""
    pipeline: str
    error: RecordedError

    _fields: ClassVar[Fields] = {
        "pipeline_id": ("pipeline_id", None),
        "pipeline": ("pipeline", None),
        "error": ("error", "RecordedError"),
    }
    _required: ClassVar[Sequence[str]] = ("pipeline_id", "pipeline", "error", )


@dataclass(frozen=True)
class IntegrationSynchronization(Model):
    event_type: str
    enabled: bool

    _fields: ClassVar[Fields] = {
        "eventType": ("event_type", None),
        "enabled": ("enabled", None),
    }
    _required: ClassVar[Sequence[str]] = ("eventType", "enabled", )


@dataclass(frozen=True)
class IssuedToken(Model):
    id: str
    """The token."""
    name: str
    """What it is for."""
    prefix: str
    """Its first characters, to tell tokens apart."""
    scopes: List[Literal["read", "trigger", "ingest", "write", "admin"]]
    workspaces: Union[List[str], None]
    """Null: all."""
    environment: str
    integration_id: Union[str, None]
    """The connection whose pipelines alone it may send events to: it is the inbound key of that
    one.
    """
    status: Literal["active", "expired", "revoked"]
    created_at: str
    """When it was issued."""
    updated_at: str
    """When it was issued or revoked."""
    expires_at: Union[str, None]
    """Null: never."""
    last_used_at: Union[str, None]
    revoked_at: Union[str, None]
    token: str
    """The secret: shown once, stored nowhere."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "prefix": ("prefix", None),
        "scopes": ("scopes", None),
        "workspaces": ("workspaces", None),
        "environment": ("environment", None),
        "integration_id": ("integration_id", None),
        "status": ("status", None),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
        "expires_at": ("expires_at", None),
        "last_used_at": ("last_used_at", None),
        "revoked_at": ("revoked_at", None),
        "token": ("token", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "prefix", "scopes", "workspaces", "environment", "integration_id", "status", "created_at", "updated_at", "expires_at", "last_used_at", "revoked_at", "token", )


@dataclass(frozen=True)
class LogLine(Model):
    """A line of a run's log."""

    seq: int
    """Counts the lines of the run, from 1."""
    at: str
    """When it was written."""
    level: str
    """How severe it is."""
    message: str

    _fields: ClassVar[Fields] = {
        "seq": ("seq", None),
        "at": ("at", None),
        "level": ("level", None),
        "message": ("message", None),
    }
    _required: ClassVar[Sequence[str]] = ("seq", "at", "level", "message", )


@dataclass(frozen=True)
class Logs(Model):
    run_id: str
    logs: str
    """Lines of the form `<time> <LEVEL> <message>`, each ended by a newline."""
    last_seq: int
    """`after` of the next request."""
    has_more: bool
    """Whether there are more lines already."""

    _fields: ClassVar[Fields] = {
        "run_id": ("run_id", None),
        "logs": ("logs", None),
        "last_seq": ("last_seq", None),
        "has_more": ("has_more", None),
    }
    _required: ClassVar[Sequence[str]] = ("run_id", "logs", "last_seq", "has_more", )


@dataclass(frozen=True)
class PendingWrite(Model):
    """A write that is in Git, and not in force yet."""

    status: Literal["proposed", "committed"]
    """proposed: on a branch of its own, for somebody to merge; committed: on the branch, and not
    synced yet.
    """
    branch: Union[str, None]
    """Of a proposal."""
    url: Union[str, None]
    """The pull request; null where the forge is not known and the branch was only pushed."""
    revision: str
    """The commit."""
    plan: Plan

    _fields: ClassVar[Fields] = {
        "status": ("status", None),
        "branch": ("branch", None),
        "url": ("url", None),
        "revision": ("revision", None),
        "plan": ("plan", "Plan"),
    }
    _required: ClassVar[Sequence[str]] = ("status", "branch", "url", "revision", "plan", )


@dataclass(frozen=True)
class Pipeline(Model):
    """Sources, transforms, destinations and a schedule."""

    id: str
    """The pipeline: the same in every installation."""
    name: str
    """Unique within the workspace; stands for the id in every path."""
    title: Union[str, None]
    """A name for people."""
    description: Union[str, None]
    workspace: str
    version: Union[str, None]
    """The author's own label."""
    status: Literal["active", "paused", "draining", "error"]
    """active; paused: nothing starts; draining: what runs comes to its end; error: see
    `conditions`.
    """
    health: Literal["healthy", "degraded", "progressing", "suspended"]
    """Judged from the Ready condition."""
    enabled: bool
    """What Git says; `status` also knows of pauses through the API."""
    schedule: Union[str, None]
    """Cron expression; several are separated by ` | `."""
    time_zone: Union[str, None]
    """Of the schedule."""
    source_id: Union[str, None]
    """The first connection it reads; null: settings are inline."""
    destination_id: Union[str, None]
    """The first connection it writes; null: inline."""
    domain_id: Union[str, None]
    """The label headgate.dev/domain."""
    domain_name: Union[str, None]
    """The annotation headgate.dev/domain-name, else the label."""
    batch_size: int
    """Streams: records of a flush at most."""
    config: Optional[Dict[str, Any]]
    """The whole spec with the name, secrets as references; in the single view only."""
    labels: Dict[str, str]
    events_last_24h: int
    """Streams: events accepted; 0 for a batch pipeline."""
    events: Union[PipelineEvents, None]
    """How far a stream has come; null for a batch pipeline."""
    last_run: Union[PipelineLastRun, None]
    """The newest run."""
    last_run_status: Union[Literal["pending", "running", "success", "failed", "cancelled"], None]
    last_run_at: Union[str, None]
    next_run_at: Union[str, None]
    revision: str
    """The commit that last changed it."""
    generation: int
    """Counts changes of the spec."""
    sync: PipelineSync
    conditions: List[PipelineCondition]
    created_at: str
    """When it was first applied."""
    updated_at: str
    """When it last changed."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "title": ("title", None),
        "description": ("description", None),
        "workspace": ("workspace", None),
        "version": ("version", None),
        "status": ("status", None),
        "health": ("health", None),
        "enabled": ("enabled", None),
        "schedule": ("schedule", None),
        "time_zone": ("time_zone", None),
        "source_id": ("source_id", None),
        "destination_id": ("destination_id", None),
        "domain_id": ("domain_id", None),
        "domain_name": ("domain_name", None),
        "batch_size": ("batch_size", None),
        "config": ("config", None),
        "labels": ("labels", None),
        "events_last_24h": ("events_last_24h", None),
        "events": ("events", "PipelineEvents"),
        "last_run": ("last_run", "PipelineLastRun"),
        "last_run_status": ("last_run_status", None),
        "last_run_at": ("last_run_at", None),
        "next_run_at": ("next_run_at", None),
        "revision": ("revision", None),
        "generation": ("generation", None),
        "sync": ("sync", "PipelineSync"),
        "conditions": ("conditions", ("list", "PipelineCondition")),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "title", "description", "workspace", "version", "status", "health", "enabled", "schedule", "time_zone", "source_id", "destination_id", "domain_id", "domain_name", "batch_size", "labels", "events_last_24h", "events", "last_run", "last_run_status", "last_run_at", "next_run_at", "revision", "generation", "sync", "conditions", "created_at", "updated_at", )


@dataclass(frozen=True)
class PipelineCondition(Model):
    type: str
    """Ready, Reconciling or Stalled."""
    status: Literal["True", "False", "Unknown"]
    """Whether the condition holds."""
    reason: str
    """One word for programs."""
    message: str
    """One sentence for people."""
    last_transition_time: str
    """When `status` last changed."""
    observed_generation: Optional[int]
    """The generation this was judged for."""

    _fields: ClassVar[Fields] = {
        "type": ("type", None),
        "status": ("status", None),
        "reason": ("reason", None),
        "message": ("message", None),
        "lastTransitionTime": ("last_transition_time", None),
        "observedGeneration": ("observed_generation", None),
    }
    _required: ClassVar[Sequence[str]] = ("type", "status", "reason", "message", "lastTransitionTime", )


@dataclass(frozen=True)
class PipelineEvents(Model):
    """How far a stream pipeline has come with its events."""

    accepted: int
    """Events taken since it began."""
    delivered: int
    """How many of them are settled: delivered, or left as dead letters or cancelled."""
    lag: int
    """How many wait for delivery."""
    lag_seconds: float
    """How long the oldest of these has waited; 0 when none does."""
    dead_letters: int
    """Events that failed and that nobody retried, replayed or discarded."""
    throughput_per_second: Union[float, None]
    """Events settled a second since somebody looked before, within 5 minutes; null when nobody
    did.
    """
    bytes: int
    """Kept in the log, about."""
    backlog_bytes: int
    """Of these, waiting for delivery."""
    last_received_at: Union[str, None]
    last_delivered_at: Union[str, None]

    _fields: ClassVar[Fields] = {
        "accepted": ("accepted", None),
        "delivered": ("delivered", None),
        "lag": ("lag", None),
        "lag_seconds": ("lag_seconds", None),
        "dead_letters": ("dead_letters", None),
        "throughput_per_second": ("throughput_per_second", None),
        "bytes": ("bytes", None),
        "backlog_bytes": ("backlog_bytes", None),
        "last_received_at": ("last_received_at", None),
        "last_delivered_at": ("last_delivered_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("accepted", "delivered", "lag", "lag_seconds", "dead_letters", "throughput_per_second", "bytes", "backlog_bytes", "last_received_at", "last_delivered_at", )


@dataclass(frozen=True)
class PipelineLastRun(Model):
    id: str
    status: Literal["pending", "running", "success", "failed", "cancelled"]
    started_at: Union[str, None]
    duration_ms: Union[int, None]
    rows_loaded: Union[int, None]

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "status": ("status", None),
        "started_at": ("started_at", None),
        "duration_ms": ("duration_ms", None),
        "rows_loaded": ("rows_loaded", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "status", "started_at", "duration_ms", "rows_loaded", )


@dataclass(frozen=True)
class PipelineSync(Model):
    repository_id: Union[str, None]
    """The Repository it comes from; null: applied by hand."""
    file: Union[str, None]
    """The file that declares it."""
    line: Union[int, None]

    _fields: ClassVar[Fields] = {
        "repository_id": ("repository_id", None),
        "file": ("file", None),
        "line": ("line", None),
    }
    _required: ClassVar[Sequence[str]] = ("repository_id", "file", "line", )


@dataclass(frozen=True)
class Plan(Model):
    """What a sync would do."""

    hash: str
    """`plan_hash` of a sync that must apply exactly this."""
    revision: Union[str, None]
    """The commit; null for documents given in the request."""
    changes: List[PlanChange]
    """In the order of application."""
    summary: PlanSummary
    errors: List[RecordedError]
    """Problems of files; while there are any, nothing is deleted."""
    blocked: Union[RecordedError, None]
    """Why a sync would wait for consent."""

    _fields: ClassVar[Fields] = {
        "hash": ("hash", None),
        "revision": ("revision", None),
        "changes": ("changes", ("list", "PlanChange")),
        "summary": ("summary", "PlanSummary"),
        "errors": ("errors", ("list", "RecordedError")),
        "blocked": ("blocked", "RecordedError"),
    }
    _required: ClassVar[Sequence[str]] = ("hash", "revision", "changes", "summary", "errors", "blocked", )


@dataclass(frozen=True)
class PlanChange(Model):
    resource: str
    id: str
    action: Literal["create", "update", "delete"]
    effect: Literal["live", "restart", "destructive"]
    """live: nothing stops; restart: runners change over; destructive: something ceases to exist."""
    paths: List[str]
    """Fields that differ; never their values."""
    at: Union[str, None]
    """`file:line` of the declaration."""

    _fields: ClassVar[Fields] = {
        "resource": ("resource", None),
        "id": ("id", None),
        "action": ("action", None),
        "effect": ("effect", None),
        "paths": ("paths", None),
        "at": ("at", None),
    }
    _required: ClassVar[Sequence[str]] = ("resource", "id", "action", "effect", "paths", "at", )


@dataclass(frozen=True)
class PlanSummary(Model):
    create: int
    update: int
    delete: int

    _fields: ClassVar[Fields] = {
        "create": ("create", None),
        "update": ("update", None),
        "delete": ("delete", None),
    }
    _required: ClassVar[Sequence[str]] = ("create", "update", "delete", )


@dataclass(frozen=True)
class RecordedError(Model):
    """An error as it was recorded."""

    code: str
    """A code of the registry; `/docs/errors/<code>` explains it."""
    message: str
    file: Union[str, None]
    """The file of the repository, or `request` for documents that were sent."""
    line: Union[int, None]
    column: Union[int, None]
    at: Union[str, None]
    """Where it is: `file:line:column`, a pointer or a path."""
    hint: Union[str, None]
    """How to mend it."""
    issues: List[RecordedErrorIssue]

    _fields: ClassVar[Fields] = {
        "code": ("code", None),
        "message": ("message", None),
        "file": ("file", None),
        "line": ("line", None),
        "column": ("column", None),
        "at": ("at", None),
        "hint": ("hint", None),
        "issues": ("issues", ("list", "RecordedErrorIssue")),
    }
    _required: ClassVar[Sequence[str]] = ("code", "message", "file", "line", "column", "at", "hint", "issues", )


@dataclass(frozen=True)
class RecordedErrorIssue(Model):
    pointer: str
    """JSON pointer into the document."""
    message: str
    at: Union[str, None]
    """`file:line:column`."""
    hint: Union[str, None]

    _fields: ClassVar[Fields] = {
        "pointer": ("pointer", None),
        "message": ("message", None),
        "at": ("at", None),
        "hint": ("hint", None),
    }
    _required: ClassVar[Sequence[str]] = ("pointer", "message", "at", "hint", )


@dataclass(frozen=True)
class RejectedEvent(Model):
    """An event that was not stored, and why."""

    index: int
    """Its place in the request, from 0."""
    error: RejectedEventError

    _fields: ClassVar[Fields] = {
        "index": ("index", None),
        "error": ("error", "RejectedEventError"),
    }
    _required: ClassVar[Sequence[str]] = ("index", "error", )


@dataclass(frozen=True)
class RejectedEventError(Model):
    code: str
    """A code of the registry."""
    message: str
    hint: Optional[str]
    errors: Optional[List[RejectedEventErrorError]]

    _fields: ClassVar[Fields] = {
        "code": ("code", None),
        "message": ("message", None),
        "hint": ("hint", None),
        "errors": ("errors", ("list", "RejectedEventErrorError")),
    }
    _required: ClassVar[Sequence[str]] = ("code", "message", )


@dataclass(frozen=True)
class RejectedEventErrorError(Model):
    pointer: str
    message: str

    _fields: ClassVar[Fields] = {
        "pointer": ("pointer", None),
        "message": ("message", None),
    }
    _required: ClassVar[Sequence[str]] = ("pointer", "message", )


@dataclass(frozen=True)
class Replay(Model):
    """A wish to bring events to the destinations once more, and how far that is."""

    id: str
    """The replay."""
    pipeline_id: str
    """The pipeline."""
    pipeline: str
    """The pipeline's name."""
    workspace: str
    status: Literal["pending", "running", "success", "failed", "cancelled"]
    """pending: its turn comes; running; success: all of it was tried, `failed` tells what did not
    get through; failed: see `error`; cancelled.
    """
    selection: ReplaySelection
    events_per_second: int
    """At most."""
    total: Union[int, None]
    """Events in the selection; null until counted."""
    processed: int
    """Of them, tried so far."""
    delivered: int
    """Of those, brought to every destination."""
    failed: int
    """Of those, refused by one."""
    created_by: str
    """Who asked: the name of a token."""
    created_at: str
    """When it was asked for."""
    updated_at: str
    """When its status last changed."""
    started_at: Union[str, None]
    finished_at: Union[str, None]
    cancel_requested_at: Union[str, None]
    cancel_requested_by: Union[str, None]
    error: Union[RecordedError, None]
    """Why it failed."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "pipeline_id": ("pipeline_id", None),
        "pipeline": ("pipeline", None),
        "workspace": ("workspace", None),
        "status": ("status", None),
        "selection": ("selection", "ReplaySelection"),
        "events_per_second": ("events_per_second", None),
        "total": ("total", None),
        "processed": ("processed", None),
        "delivered": ("delivered", None),
        "failed": ("failed", None),
        "created_by": ("created_by", None),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
        "started_at": ("started_at", None),
        "finished_at": ("finished_at", None),
        "cancel_requested_at": ("cancel_requested_at", None),
        "cancel_requested_by": ("cancel_requested_by", None),
        "error": ("error", "RecordedError"),
    }
    _required: ClassVar[Sequence[str]] = ("id", "pipeline_id", "pipeline", "workspace", "status", "selection", "events_per_second", "total", "processed", "delivered", "failed", "created_by", "created_at", "updated_at", "started_at", "finished_at", "cancel_requested_at", "cancel_requested_by", "error", )


@dataclass(frozen=True)
class ReplaySelection(Model):
    kind: Literal["events", "window", "dead-letters"]
    event_ids: Optional[List[str]]
    from_: Optional[str]
    """Received at or after."""
    to: Optional[str]
    """Received before."""
    event_type: Optional[str]
    status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]]

    _fields: ClassVar[Fields] = {
        "kind": ("kind", None),
        "event_ids": ("event_ids", None),
        "from": ("from_", None),
        "to": ("to", None),
        "event_type": ("event_type", None),
        "status": ("status", None),
    }
    _required: ClassVar[Sequence[str]] = ("kind", )


@dataclass(frozen=True)
class Repository(Model):
    """A Git repository that resources are synced from."""

    id: str
    """The repository."""
    name: str
    workspace: str
    url: str
    """Where it is; never with credentials."""
    branch: str
    path: str
    """Only files below this folder count."""
    interval: str
    """How often the remote is asked."""
    prune: bool
    """Whether what leaves Git is deleted."""
    suspend: bool
    """Whether syncing is switched off."""
    environment: Union[str, None]
    attempted_revision: Union[str, None]
    """The newest commit that was looked at."""
    applied_revision: Union[str, None]
    """The newest commit that was applied."""
    last_sync_at: Union[str, None]
    resources: Union[int, None]
    """How many resources it declares."""
    errors: Union[int, None]
    """How many errors the last sync had."""
    pending_requests: List[str]
    """Ids of requested syncs that are still to come."""
    conditions: List[RepositoryCondition]
    created_at: str
    """When it was first applied."""
    updated_at: str
    """When it last changed."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "workspace": ("workspace", None),
        "url": ("url", None),
        "branch": ("branch", None),
        "path": ("path", None),
        "interval": ("interval", None),
        "prune": ("prune", None),
        "suspend": ("suspend", None),
        "environment": ("environment", None),
        "attempted_revision": ("attempted_revision", None),
        "applied_revision": ("applied_revision", None),
        "last_sync_at": ("last_sync_at", None),
        "resources": ("resources", None),
        "errors": ("errors", None),
        "pending_requests": ("pending_requests", None),
        "conditions": ("conditions", ("list", "RepositoryCondition")),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "workspace", "url", "branch", "path", "interval", "prune", "suspend", "environment", "attempted_revision", "applied_revision", "last_sync_at", "resources", "errors", "pending_requests", "conditions", "created_at", "updated_at", )


@dataclass(frozen=True)
class RepositoryCondition(Model):
    type: str
    """Ready, Reconciling or Stalled."""
    status: Literal["True", "False", "Unknown"]
    """Whether the condition holds."""
    reason: str
    """One word for programs."""
    message: str
    """One sentence for people."""
    last_transition_time: str
    """When `status` last changed."""
    observed_generation: Optional[int]
    """The generation this was judged for."""

    _fields: ClassVar[Fields] = {
        "type": ("type", None),
        "status": ("status", None),
        "reason": ("reason", None),
        "message": ("message", None),
        "lastTransitionTime": ("last_transition_time", None),
        "observedGeneration": ("observed_generation", None),
    }
    _required: ClassVar[Sequence[str]] = ("type", "status", "reason", "message", "lastTransitionTime", )


@dataclass(frozen=True)
class Rotation(Model):
    """A new key for everything that is sealed."""

    key_id: str
    """The key that everything is sealed with now."""
    resealed: RotationResealed
    old_key_ids: List[str]
    """Keys that are still given to this server, and seal nothing of it any more."""

    _fields: ClassVar[Fields] = {
        "key_id": ("key_id", None),
        "resealed": ("resealed", "RotationResealed"),
        "old_key_ids": ("old_key_ids", None),
    }
    _required: ClassVar[Sequence[str]] = ("key_id", "resealed", "old_key_ids", )


@dataclass(frozen=True)
class RotationResealed(Model):
    secrets: int
    """Secrets that were sealed anew."""
    configuration: int
    """Specifications and files that were sealed anew."""

    _fields: ClassVar[Fields] = {
        "secrets": ("secrets", None),
        "configuration": ("configuration", None),
    }
    _required: ClassVar[Sequence[str]] = ("secrets", "configuration", )


@dataclass(frozen=True)
class Run(Model):
    """One execution of a batch pipeline."""

    id: str
    """The run."""
    pipeline: str
    """The pipeline's name."""
    pipeline_id: str
    """The pipeline."""
    workspace: str
    status: Literal["pending", "running", "success", "failed", "cancelled"]
    """pending: waits for a runner; running; success; failed: see `error`; cancelled: somebody
    stopped it.
    """
    triggered_by: Literal["schedule", "manual", "api", "annotation", "event"]
    """What started it."""
    actor: Union[str, None]
    """Who asked: the name of a token; null for the schedule."""
    full_refresh: bool
    """Whether the incremental state was ignored."""
    dry_run: bool
    """Whether nothing was written."""
    variables: Dict[str, str]
    """Overrides of this run; values of secret-looking names are hidden."""
    scheduled_for: Union[str, None]
    created_at: str
    """When it was asked for."""
    updated_at: str
    """When its status last changed."""
    started_at: Union[str, None]
    finished_at: Union[str, None]
    duration_ms: Union[int, None]
    """From start to end, or to now."""
    attempt: int
    """How many times a runner was given the run."""
    progress: Union[RunProgress, None]
    rows_loaded: Union[int, None]
    """Rows at the destinations; null until known."""
    output_file: Union[str, None]
    """The Parquet output, `s3://…` when it is in object storage; `…/download` fetches it."""
    output_file_size: Union[int, None]
    """Its size in bytes."""
    revision: Union[str, None]
    """The commit of the definition it uses; null while pending."""
    cancel_requested_at: Union[str, None]
    cancel_requested_by: Union[str, None]
    preview: Union[RunPreview, None]
    error: Union[RecordedError, None]
    """Why it failed."""
    warning: Union[RecordedError, None]
    """What a run that succeeded could not do beside its work, such as to keep its output."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "pipeline": ("pipeline", None),
        "pipeline_id": ("pipeline_id", None),
        "workspace": ("workspace", None),
        "status": ("status", None),
        "triggered_by": ("triggered_by", None),
        "actor": ("actor", None),
        "full_refresh": ("full_refresh", None),
        "dry_run": ("dry_run", None),
        "variables": ("variables", None),
        "scheduled_for": ("scheduled_for", None),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
        "started_at": ("started_at", None),
        "finished_at": ("finished_at", None),
        "duration_ms": ("duration_ms", None),
        "attempt": ("attempt", None),
        "progress": ("progress", "RunProgress"),
        "rows_loaded": ("rows_loaded", None),
        "output_file": ("output_file", None),
        "output_file_size": ("output_file_size", None),
        "revision": ("revision", None),
        "cancel_requested_at": ("cancel_requested_at", None),
        "cancel_requested_by": ("cancel_requested_by", None),
        "preview": ("preview", "RunPreview"),
        "error": ("error", "RecordedError"),
        "warning": ("warning", "RecordedError"),
    }
    _required: ClassVar[Sequence[str]] = ("id", "pipeline", "pipeline_id", "workspace", "status", "triggered_by", "actor", "full_refresh", "dry_run", "variables", "scheduled_for", "created_at", "updated_at", "started_at", "finished_at", "duration_ms", "attempt", "progress", "rows_loaded", "output_file", "output_file_size", "revision", "cancel_requested_at", "cancel_requested_by", "preview", "error", "warning", )


@dataclass(frozen=True)
class RunPreview(Model):
    """What a dry run found: resulting columns and a few rows."""

    columns: List[RunPreviewColumn]
    rows: List[Dict[str, Any]]

    _fields: ClassVar[Fields] = {
        "columns": ("columns", ("list", "RunPreviewColumn")),
        "rows": ("rows", None),
    }
    _required: ClassVar[Sequence[str]] = ("columns", "rows", )


@dataclass(frozen=True)
class RunPreviewColumn(Model):
    name: str
    type: str

    _fields: ClassVar[Fields] = {
        "name": ("name", None),
        "type": ("type", None),
    }
    _required: ClassVar[Sequence[str]] = ("name", "type", )


@dataclass(frozen=True)
class RunProgress(Model):
    stage: Literal["extract", "transform", "load"]
    rows_processed: int
    """Rows past this stage so far."""
    rows_total: Union[int, None]
    """Rows of this stage in all, if known."""

    _fields: ClassVar[Fields] = {
        "stage": ("stage", None),
        "rows_processed": ("rows_processed", None),
        "rows_total": ("rows_total", None),
    }
    _required: ClassVar[Sequence[str]] = ("stage", "rows_processed", "rows_total", )


@dataclass(frozen=True)
class Secret(Model):
    """A secret, without its values: those are never shown."""

    id: str
    """Workspace and name."""
    name: str
    """What references name: `${secret:<name>/<key>}`."""
    workspace: str
    keys: List[SecretKey]
    created_at: str
    """When it was made."""
    updated_at: str
    """When one of its values was set."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "workspace": ("workspace", None),
        "keys": ("keys", ("list", "SecretKey")),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "workspace", "keys", "created_at", "updated_at", )


@dataclass(frozen=True)
class SecretKey(Model):
    key: str
    updated_at: str
    """When its value was set."""

    _fields: ClassVar[Fields] = {
        "key": ("key", None),
        "updated_at": ("updated_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("key", "updated_at", )


@dataclass(frozen=True)
class Sync(Model):
    """One attempt to bring the resources to a revision."""

    id: str
    repository_id: str
    status: Literal["applied", "unchanged", "partial", "failed", "blocked"]
    """partial: good files were applied, bad ones kept their last good state; blocked: waits for
    `allow_prune`.
    """
    trigger: str
    """What made it happen."""
    attempted_revision: Union[str, None]
    applied_revision: Union[str, None]
    author: Union[str, None]
    """Of the attempted commit."""
    subject: Union[str, None]
    """The commit message's first line."""
    changes: List[SyncChange]
    """The first 1,000, as far as they are of workspaces that the token is for."""
    change_count: int
    """All changes."""
    served: List[str]
    """Ids of the requests that it served."""
    errors: List[RecordedError]
    """By file and line. A token for some workspaces sees those of their resources, and of no file."""
    created_at: str
    """The same as `started_at`."""
    started_at: str
    """When it began."""
    finished_at: str
    """When it ended."""
    duration_ms: int

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "repository_id": ("repository_id", None),
        "status": ("status", None),
        "trigger": ("trigger", None),
        "attempted_revision": ("attempted_revision", None),
        "applied_revision": ("applied_revision", None),
        "author": ("author", None),
        "subject": ("subject", None),
        "changes": ("changes", ("list", "SyncChange")),
        "change_count": ("change_count", None),
        "served": ("served", None),
        "errors": ("errors", ("list", "RecordedError")),
        "created_at": ("created_at", None),
        "started_at": ("started_at", None),
        "finished_at": ("finished_at", None),
        "duration_ms": ("duration_ms", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "repository_id", "status", "trigger", "attempted_revision", "applied_revision", "author", "subject", "changes", "change_count", "served", "errors", "created_at", "started_at", "finished_at", "duration_ms", )


@dataclass(frozen=True)
class SyncChange(Model):
    resource: str
    action: Literal["create", "update", "delete"]

    _fields: ClassVar[Fields] = {
        "resource": ("resource", None),
        "action": ("action", None),
    }
    _required: ClassVar[Sequence[str]] = ("resource", "action", )


@dataclass(frozen=True)
class SyncRequest(Model):
    id: str
    """The request; it is in `pending_requests` of the repository until it is served."""
    repository_id: str
    status: Literal["pending"]
    allow_prune: bool
    plan_hash: Union[str, None]
    requested_by: str
    created_at: str
    """When it was requested."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "repository_id": ("repository_id", None),
        "status": ("status", None),
        "allow_prune": ("allow_prune", None),
        "plan_hash": ("plan_hash", None),
        "requested_by": ("requested_by", None),
        "created_at": ("created_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "repository_id", "status", "allow_prune", "plan_hash", "requested_by", "created_at", )


@dataclass(frozen=True)
class Timeline(Model):
    from_: str
    """Begin of the window."""
    to: str
    """End of the window."""
    truncated: bool
    """Whether there are more runs than are shown; ask for a shorter window."""
    pipelines: List[TimelinePipeline]
    """By workspace and name."""

    _fields: ClassVar[Fields] = {
        "from": ("from_", None),
        "to": ("to", None),
        "truncated": ("truncated", None),
        "pipelines": ("pipelines", ("list", "TimelinePipeline")),
    }
    _required: ClassVar[Sequence[str]] = ("from", "to", "truncated", "pipelines", )


@dataclass(frozen=True)
class TimelinePipeline(Model):
    id: str
    name: str
    workspace: str
    runs: List[TimelinePipelineRun]
    """Oldest first."""

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "workspace": ("workspace", None),
        "runs": ("runs", ("list", "TimelinePipelineRun")),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "workspace", "runs", )


@dataclass(frozen=True)
class TimelinePipelineRun(Model):
    id: str
    status: Literal["pending", "running", "success", "failed", "cancelled"]
    triggered_by: Literal["schedule", "manual", "api", "annotation", "event"]
    created_at: str
    """When it was asked for."""
    started_at: Union[str, None]
    finished_at: Union[str, None]
    duration_ms: Union[int, None]

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "status": ("status", None),
        "triggered_by": ("triggered_by", None),
        "created_at": ("created_at", None),
        "started_at": ("started_at", None),
        "finished_at": ("finished_at", None),
        "duration_ms": ("duration_ms", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "status", "triggered_by", "created_at", "started_at", "finished_at", "duration_ms", )


@dataclass(frozen=True)
class Token(Model):
    """A token, without its secret."""

    id: str
    """The token."""
    name: str
    """What it is for."""
    prefix: str
    """Its first characters, to tell tokens apart."""
    scopes: List[Literal["read", "trigger", "ingest", "write", "admin"]]
    workspaces: Union[List[str], None]
    """Null: all."""
    environment: str
    integration_id: Union[str, None]
    """The connection whose pipelines alone it may send events to: it is the inbound key of that
    one.
    """
    status: Literal["active", "expired", "revoked"]
    created_at: str
    """When it was issued."""
    updated_at: str
    """When it was issued or revoked."""
    expires_at: Union[str, None]
    """Null: never."""
    last_used_at: Union[str, None]
    revoked_at: Union[str, None]

    _fields: ClassVar[Fields] = {
        "id": ("id", None),
        "name": ("name", None),
        "prefix": ("prefix", None),
        "scopes": ("scopes", None),
        "workspaces": ("workspaces", None),
        "environment": ("environment", None),
        "integration_id": ("integration_id", None),
        "status": ("status", None),
        "created_at": ("created_at", None),
        "updated_at": ("updated_at", None),
        "expires_at": ("expires_at", None),
        "last_used_at": ("last_used_at", None),
        "revoked_at": ("revoked_at", None),
    }
    _required: ClassVar[Sequence[str]] = ("id", "name", "prefix", "scopes", "workspaces", "environment", "integration_id", "status", "created_at", "updated_at", "expires_at", "last_used_at", "revoked_at", )


class _ChangedPipelineBatchRequired(TypedDict):
    pass


class ChangedPipelineBatch(_ChangedPipelineBatchRequired, total=False):
    """Streams: flush when either is reached."""

    size: int
    """Records at most."""
    interval: str
    """How long to wait for more."""


class _ChangedPipelineConfigRequired(TypedDict):
    pass


class ChangedPipelineConfig(_ChangedPipelineConfigRequired, total=False):
    """What is sent."""

    name: str
    description: Union[str, None]
    title: Union[str, None]
    version: Union[str, None]
    enabled: Union[bool, None]
    transforms: Union[Sequence[ChangedPipelineConfigTransform], None]
    transform: Union[Sequence[ChangedPipelineConfigTransform], None]
    batch: Union[ChangedPipelineConfigBatch, None]
    delivery: Union[ChangedPipelineConfigDelivery, None]
    retry: Union[ChangedPipelineConfigRetry, None]
    limits: Union[ChangedPipelineConfigLimits, None]
    variables: Union[Mapping[str, str], None]
    history: Union[ChangedPipelineConfigHistory, None]
    runner: Union[ChangedPipelineConfigRunner, None]
    schedule: Union[str, ChangedPipelineConfigSchedule, None]
    source: Union[str, ChangedPipelineConfigSource, None]
    sources: Union[Sequence[Union[str, ChangedPipelineConfigSource]], None]
    destination: Union[str, ChangedPipelineConfigDestination, None]
    destinations: Union[Sequence[Union[str, ChangedPipelineConfigDestination]], None]
    source_id: Union[str, None]
    destination_id: Union[str, None]
    time_zone: Union[str, None]
    batch_size: Union[int, None]
    domain_id: Union[str, None]
    domain_name: Union[str, None]
    labels: Union[Mapping[str, str], None]


class _ChangedPipelineConfigBatchRequired(TypedDict):
    pass


class ChangedPipelineConfigBatch(_ChangedPipelineConfigBatchRequired, total=False):
    """Streams: flush when either is reached."""

    size: int
    """Records at most."""
    interval: str
    """How long to wait for more."""


class _ChangedPipelineConfigDeliveryRequired(TypedDict):
    pass


class ChangedPipelineConfigDelivery(_ChangedPipelineConfigDeliveryRequired, total=False):
    """Streams: how events reach the destinations."""

    concurrency: int
    """Batches under way at the same time. More than one needs `order: key` or `order: none`."""
    order: Literal["all", "key", "none"]
    """`all`: events arrive in the order they came; `key`: those of the same key do; `none`: any
    order.
    """
    when_paused: Literal["accept", "refuse"]
    """What happens to events that come while the pipeline is paused: kept for later, or refused."""


class _ChangedPipelineConfigDestinationRequired(TypedDict):
    pass


class ChangedPipelineConfigDestination(_ChangedPipelineConfigDestinationRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    mode: Literal["append", "overwrite", "upsert"]
    """Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result),
    else to `append`.
    """
    key: Sequence[str]
    """For `upsert`: the columns that identify a record."""
    include: Sequence[Literal["event_id", "event_type", "received_at", "event_key"]]
    """Streams: which of the event's own fields to add to the record."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: ChangedPipelineConfigDestinationAuthentication
    """How to sign in: becomes settings of the connector."""


class _ChangedPipelineConfigDestinationAuthenticationRequired(TypedDict):
    pass


class ChangedPipelineConfigDestinationAuthentication(_ChangedPipelineConfigDestinationAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _ChangedPipelineConfigHistoryRequired(TypedDict):
    pass


class ChangedPipelineConfigHistory(_ChangedPipelineConfigHistoryRequired, total=False):
    """How much of the past is kept."""

    runs: int
    """Ended runs to keep."""
    events: str
    """How long delivered events are kept."""
    event_bytes: str
    """How much of them is kept, such as 500Mi. When so much waits for delivery, further events are
    refused.
    """


class _ChangedPipelineConfigLimitsRequired(TypedDict):
    pass


class ChangedPipelineConfigLimits(_ChangedPipelineConfigLimitsRequired, total=False):
    """Upper bounds."""

    events_per_second: int
    """Streams: accepted at most."""
    timeout: str
    """A run that takes longer fails."""


class _ChangedPipelineConfigRetryRequired(TypedDict):
    pass


class ChangedPipelineConfigRetry(_ChangedPipelineConfigRetryRequired, total=False):
    """How failures that may pass are tried again."""

    attempts: int
    """Tries in all."""
    initial: str
    """The first wait; doubles each time."""
    max: str
    """The longest wait."""
    jitter: bool
    """Spread the waits."""


class _ChangedPipelineConfigRunnerRequired(TypedDict):
    pass


class ChangedPipelineConfigRunner(_ChangedPipelineConfigRunnerRequired, total=False):
    """The process or Pod that moves the data."""

    resources: ChangedPipelineConfigRunnerResources
    """In the form of a container in Kubernetes."""
    pod_template: Mapping[str, Any]
    """Kubernetes: merged over the runner's Pod template."""
    replicas: int
    """Streams on Kubernetes: how many runners."""


class _ChangedPipelineConfigRunnerResourcesRequired(TypedDict):
    pass


class ChangedPipelineConfigRunnerResources(_ChangedPipelineConfigRunnerResourcesRequired, total=False):
    """In the form of a container in Kubernetes."""

    requests: Mapping[str, str]
    """Kubernetes: what is reserved."""
    limits: Mapping[str, str]
    """`memory` bounds the engine everywhere; the rest is for Kubernetes."""


class _ChangedPipelineConfigScheduleRequired(TypedDict):
    cron: Union[str, Sequence[str]]
    """Cron expressions of five fields, or six with seconds first."""


class ChangedPipelineConfigSchedule(_ChangedPipelineConfigScheduleRequired, total=False):
    """What is sent."""

    time_zone: str
    """IANA name, such as Europe/Berlin."""
    starting_deadline_seconds: int
    """How late a missed occurrence may still start; any time when left out."""
    concurrency_policy: Literal["Forbid", "Allow", "Replace"]
    """When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the
    latest waits. Allow: both run. Replace: the older run is cancelled.
    """
    catch_up: Literal["latest", "all", "none"]
    """What to do about occurrences missed while Headgate was down or the pipeline was paused."""


class _ChangedPipelineConfigSourceRequired(TypedDict):
    pass


class ChangedPipelineConfigSource(_ChangedPipelineConfigSourceRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    query: str
    """A query instead of a stream, where the connector can."""
    incremental: ChangedPipelineConfigSourceIncremental
    """Read only what is new since the last successful run."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: ChangedPipelineConfigSourceAuthentication
    """How to sign in: becomes settings of the connector."""


class _ChangedPipelineConfigSourceAuthenticationRequired(TypedDict):
    pass


class ChangedPipelineConfigSourceAuthentication(_ChangedPipelineConfigSourceAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _ChangedPipelineConfigSourceIncrementalRequired(TypedDict):
    cursor: str
    """A column that only grows. A run reads what is past the highest value of the last one."""


class ChangedPipelineConfigSourceIncremental(_ChangedPipelineConfigSourceIncrementalRequired, total=False):
    """Read only what is new since the last successful run."""

    initial: str
    """Where the first run starts; everything when left out."""
    lookback: str
    """For time cursors: how far before the last value to read again, for late records."""


class _ChangedPipelineConfigTransformRequired(TypedDict):
    pass


class ChangedPipelineConfigTransform(_ChangedPipelineConfigTransformRequired, total=False):
    """One step of the chain: exactly one key."""

    rename: Mapping[str, str]
    """Old name to new name."""
    select: Sequence[str]
    """The columns to keep, in this order."""
    drop: Sequence[str]
    """The columns to leave out."""
    set: Mapping[str, str]
    """New or replaced columns, each from a CEL expression over the record."""
    filter: str
    """Keeps the records for which this CEL expression is true."""
    cast: Mapping[str, str]
    """Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp,
    timestamptz, time, json, uuid, binary.
    """
    mask: Mapping[str, Literal["sha256", "redact", "keep-last"]]
    """Column to the way its values are made unreadable."""
    flatten: ChangedPipelineConfigTransformFlatten
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""
    dedupe: ChangedPipelineConfigTransformDedupe
    """One record for each key."""
    limit: int
    """At most so many records."""
    sql: str
    """A DuckDB SELECT over `input` and, where there are several sources, over each by its name.
    Batch pipelines only.
    """


class _ChangedPipelineConfigTransformDedupeRequired(TypedDict):
    key: Sequence[str]
    """Records that agree in these are the same."""


class ChangedPipelineConfigTransformDedupe(_ChangedPipelineConfigTransformDedupeRequired, total=False):
    """One record for each key."""

    keep: Literal["latest", "first"]
    """Which one stays: by `by`, or by arrival when that is left out."""
    by: str
    """The column that says which is later."""
    window: str
    """Streams: how long a key is known after its last record, at most 7d. At most a million keys
    are: beyond that the oldest are forgotten.
    """


class _ChangedPipelineConfigTransformFlattenRequired(TypedDict):
    pass


class ChangedPipelineConfigTransformFlatten(_ChangedPipelineConfigTransformFlattenRequired, total=False):
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""

    separator: str
    """Between the parts of a name."""
    columns: Sequence[str]
    """Only these; all nested columns when left out."""
    depth: int
    """How many levels to flatten."""


class _ChangedPipelineDeliveryRequired(TypedDict):
    pass


class ChangedPipelineDelivery(_ChangedPipelineDeliveryRequired, total=False):
    """Streams: how events reach the destinations."""

    concurrency: int
    """Batches under way at the same time. More than one needs `order: key` or `order: none`."""
    order: Literal["all", "key", "none"]
    """`all`: events arrive in the order they came; `key`: those of the same key do; `none`: any
    order.
    """
    when_paused: Literal["accept", "refuse"]
    """What happens to events that come while the pipeline is paused: kept for later, or refused."""


class _ChangedPipelineDestinationRequired(TypedDict):
    pass


class ChangedPipelineDestination(_ChangedPipelineDestinationRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    mode: Literal["append", "overwrite", "upsert"]
    """Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result),
    else to `append`.
    """
    key: Sequence[str]
    """For `upsert`: the columns that identify a record."""
    include: Sequence[Literal["event_id", "event_type", "received_at", "event_key"]]
    """Streams: which of the event's own fields to add to the record."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: ChangedPipelineDestinationAuthentication
    """How to sign in: becomes settings of the connector."""


class _ChangedPipelineDestinationAuthenticationRequired(TypedDict):
    pass


class ChangedPipelineDestinationAuthentication(_ChangedPipelineDestinationAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _ChangedPipelineHistoryRequired(TypedDict):
    pass


class ChangedPipelineHistory(_ChangedPipelineHistoryRequired, total=False):
    """How much of the past is kept."""

    runs: int
    """Ended runs to keep."""
    events: str
    """How long delivered events are kept."""
    event_bytes: str
    """How much of them is kept, such as 500Mi. When so much waits for delivery, further events are
    refused.
    """


class _ChangedPipelineLimitsRequired(TypedDict):
    pass


class ChangedPipelineLimits(_ChangedPipelineLimitsRequired, total=False):
    """Upper bounds."""

    events_per_second: int
    """Streams: accepted at most."""
    timeout: str
    """A run that takes longer fails."""


class _ChangedPipelineRetryRequired(TypedDict):
    pass


class ChangedPipelineRetry(_ChangedPipelineRetryRequired, total=False):
    """How failures that may pass are tried again."""

    attempts: int
    """Tries in all."""
    initial: str
    """The first wait; doubles each time."""
    max: str
    """The longest wait."""
    jitter: bool
    """Spread the waits."""


class _ChangedPipelineRunnerRequired(TypedDict):
    pass


class ChangedPipelineRunner(_ChangedPipelineRunnerRequired, total=False):
    """The process or Pod that moves the data."""

    resources: ChangedPipelineRunnerResources
    """In the form of a container in Kubernetes."""
    pod_template: Mapping[str, Any]
    """Kubernetes: merged over the runner's Pod template."""
    replicas: int
    """Streams on Kubernetes: how many runners."""


class _ChangedPipelineRunnerResourcesRequired(TypedDict):
    pass


class ChangedPipelineRunnerResources(_ChangedPipelineRunnerResourcesRequired, total=False):
    """In the form of a container in Kubernetes."""

    requests: Mapping[str, str]
    """Kubernetes: what is reserved."""
    limits: Mapping[str, str]
    """`memory` bounds the engine everywhere; the rest is for Kubernetes."""


class _ChangedPipelineScheduleRequired(TypedDict):
    cron: Union[str, Sequence[str]]
    """Cron expressions of five fields, or six with seconds first."""


class ChangedPipelineSchedule(_ChangedPipelineScheduleRequired, total=False):
    """What is sent."""

    time_zone: str
    """IANA name, such as Europe/Berlin."""
    starting_deadline_seconds: int
    """How late a missed occurrence may still start; any time when left out."""
    concurrency_policy: Literal["Forbid", "Allow", "Replace"]
    """When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the
    latest waits. Allow: both run. Replace: the older run is cancelled.
    """
    catch_up: Literal["latest", "all", "none"]
    """What to do about occurrences missed while Headgate was down or the pipeline was paused."""


class _ChangedPipelineSourceRequired(TypedDict):
    pass


class ChangedPipelineSource(_ChangedPipelineSourceRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    query: str
    """A query instead of a stream, where the connector can."""
    incremental: ChangedPipelineSourceIncremental
    """Read only what is new since the last successful run."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: ChangedPipelineSourceAuthentication
    """How to sign in: becomes settings of the connector."""


class _ChangedPipelineSourceAuthenticationRequired(TypedDict):
    pass


class ChangedPipelineSourceAuthentication(_ChangedPipelineSourceAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _ChangedPipelineSourceIncrementalRequired(TypedDict):
    cursor: str
    """A column that only grows. A run reads what is past the highest value of the last one."""


class ChangedPipelineSourceIncremental(_ChangedPipelineSourceIncrementalRequired, total=False):
    """Read only what is new since the last successful run."""

    initial: str
    """Where the first run starts; everything when left out."""
    lookback: str
    """For time cursors: how far before the last value to read again, for late records."""


class _ChangedPipelineTransformRequired(TypedDict):
    pass


class ChangedPipelineTransform(_ChangedPipelineTransformRequired, total=False):
    """One step of the chain: exactly one key."""

    rename: Mapping[str, str]
    """Old name to new name."""
    select: Sequence[str]
    """The columns to keep, in this order."""
    drop: Sequence[str]
    """The columns to leave out."""
    set: Mapping[str, str]
    """New or replaced columns, each from a CEL expression over the record."""
    filter: str
    """Keeps the records for which this CEL expression is true."""
    cast: Mapping[str, str]
    """Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp,
    timestamptz, time, json, uuid, binary.
    """
    mask: Mapping[str, Literal["sha256", "redact", "keep-last"]]
    """Column to the way its values are made unreadable."""
    flatten: ChangedPipelineTransformFlatten
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""
    dedupe: ChangedPipelineTransformDedupe
    """One record for each key."""
    limit: int
    """At most so many records."""
    sql: str
    """A DuckDB SELECT over `input` and, where there are several sources, over each by its name.
    Batch pipelines only.
    """


class _ChangedPipelineTransformDedupeRequired(TypedDict):
    key: Sequence[str]
    """Records that agree in these are the same."""


class ChangedPipelineTransformDedupe(_ChangedPipelineTransformDedupeRequired, total=False):
    """One record for each key."""

    keep: Literal["latest", "first"]
    """Which one stays: by `by`, or by arrival when that is left out."""
    by: str
    """The column that says which is later."""
    window: str
    """Streams: how long a key is known after its last record, at most 7d. At most a million keys
    are: beyond that the oldest are forgotten.
    """


class _ChangedPipelineTransformFlattenRequired(TypedDict):
    pass


class ChangedPipelineTransformFlatten(_ChangedPipelineTransformFlattenRequired, total=False):
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""

    separator: str
    """Between the parts of a name."""
    columns: Sequence[str]
    """Only these; all nested columns when left out."""
    depth: int
    """How many levels to flatten."""


class _EventRequestRequired(TypedDict):
    event_type: str
    """What happened; dots make namespaces."""
    payload: Mapping[str, Any]
    """Any JSON object, up to 256 KB as compact JSON and 128 levels deep."""


class EventRequest(_EventRequestRequired, total=False):
    """An event on its way to a pipeline."""

    pipeline_id: str
    """Id or name of the pipeline. Needed unless the query names one for all events."""
    idempotency_key: str
    """Sent again within 24 hours it answers with the first result instead of making a second
    event.
    """
    key: str
    """Events with the same ordering key keep their order. When left out, the source may say where
    the payload has it.
    """
    workspace: str
    """The workspace; when left out, names are looked up in the token's only one, else in
    `default`.
    """


class _IntegrationChangeSynchronizationRequired(TypedDict):
    event_type: str
    """A type of event, or its beginning with a `*` behind it."""


class IntegrationChangeSynchronization(_IntegrationChangeSynchronizationRequired, total=False):
    """What is sent."""

    enabled: bool
    """Whether it is acted upon."""


class _NewIntegrationSynchronizationRequired(TypedDict):
    event_type: str
    """A type of event, or its beginning with a `*` behind it."""


class NewIntegrationSynchronization(_NewIntegrationSynchronizationRequired, total=False):
    """What is sent."""

    enabled: bool
    """Whether it is acted upon."""


class _NewPipelineBatchRequired(TypedDict):
    pass


class NewPipelineBatch(_NewPipelineBatchRequired, total=False):
    """Streams: flush when either is reached."""

    size: int
    """Records at most."""
    interval: str
    """How long to wait for more."""


class _NewPipelineConfigRequired(TypedDict):
    pass


class NewPipelineConfig(_NewPipelineConfigRequired, total=False):
    """What is sent."""

    name: str
    description: Union[str, None]
    title: Union[str, None]
    version: Union[str, None]
    enabled: Union[bool, None]
    transforms: Union[Sequence[NewPipelineConfigTransform], None]
    transform: Union[Sequence[NewPipelineConfigTransform], None]
    batch: Union[NewPipelineConfigBatch, None]
    delivery: Union[NewPipelineConfigDelivery, None]
    retry: Union[NewPipelineConfigRetry, None]
    limits: Union[NewPipelineConfigLimits, None]
    variables: Union[Mapping[str, str], None]
    history: Union[NewPipelineConfigHistory, None]
    runner: Union[NewPipelineConfigRunner, None]
    schedule: Union[str, NewPipelineConfigSchedule, None]
    source: Union[str, NewPipelineConfigSource, None]
    sources: Union[Sequence[Union[str, NewPipelineConfigSource]], None]
    destination: Union[str, NewPipelineConfigDestination, None]
    destinations: Union[Sequence[Union[str, NewPipelineConfigDestination]], None]
    source_id: Union[str, None]
    destination_id: Union[str, None]
    time_zone: Union[str, None]
    batch_size: Union[int, None]
    domain_id: Union[str, None]
    domain_name: Union[str, None]
    labels: Union[Mapping[str, str], None]


class _NewPipelineConfigBatchRequired(TypedDict):
    pass


class NewPipelineConfigBatch(_NewPipelineConfigBatchRequired, total=False):
    """Streams: flush when either is reached."""

    size: int
    """Records at most."""
    interval: str
    """How long to wait for more."""


class _NewPipelineConfigDeliveryRequired(TypedDict):
    pass


class NewPipelineConfigDelivery(_NewPipelineConfigDeliveryRequired, total=False):
    """Streams: how events reach the destinations."""

    concurrency: int
    """Batches under way at the same time. More than one needs `order: key` or `order: none`."""
    order: Literal["all", "key", "none"]
    """`all`: events arrive in the order they came; `key`: those of the same key do; `none`: any
    order.
    """
    when_paused: Literal["accept", "refuse"]
    """What happens to events that come while the pipeline is paused: kept for later, or refused."""


class _NewPipelineConfigDestinationRequired(TypedDict):
    pass


class NewPipelineConfigDestination(_NewPipelineConfigDestinationRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    mode: Literal["append", "overwrite", "upsert"]
    """Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result),
    else to `append`.
    """
    key: Sequence[str]
    """For `upsert`: the columns that identify a record."""
    include: Sequence[Literal["event_id", "event_type", "received_at", "event_key"]]
    """Streams: which of the event's own fields to add to the record."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: NewPipelineConfigDestinationAuthentication
    """How to sign in: becomes settings of the connector."""


class _NewPipelineConfigDestinationAuthenticationRequired(TypedDict):
    pass


class NewPipelineConfigDestinationAuthentication(_NewPipelineConfigDestinationAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _NewPipelineConfigHistoryRequired(TypedDict):
    pass


class NewPipelineConfigHistory(_NewPipelineConfigHistoryRequired, total=False):
    """How much of the past is kept."""

    runs: int
    """Ended runs to keep."""
    events: str
    """How long delivered events are kept."""
    event_bytes: str
    """How much of them is kept, such as 500Mi. When so much waits for delivery, further events are
    refused.
    """


class _NewPipelineConfigLimitsRequired(TypedDict):
    pass


class NewPipelineConfigLimits(_NewPipelineConfigLimitsRequired, total=False):
    """Upper bounds."""

    events_per_second: int
    """Streams: accepted at most."""
    timeout: str
    """A run that takes longer fails."""


class _NewPipelineConfigRetryRequired(TypedDict):
    pass


class NewPipelineConfigRetry(_NewPipelineConfigRetryRequired, total=False):
    """How failures that may pass are tried again."""

    attempts: int
    """Tries in all."""
    initial: str
    """The first wait; doubles each time."""
    max: str
    """The longest wait."""
    jitter: bool
    """Spread the waits."""


class _NewPipelineConfigRunnerRequired(TypedDict):
    pass


class NewPipelineConfigRunner(_NewPipelineConfigRunnerRequired, total=False):
    """The process or Pod that moves the data."""

    resources: NewPipelineConfigRunnerResources
    """In the form of a container in Kubernetes."""
    pod_template: Mapping[str, Any]
    """Kubernetes: merged over the runner's Pod template."""
    replicas: int
    """Streams on Kubernetes: how many runners."""


class _NewPipelineConfigRunnerResourcesRequired(TypedDict):
    pass


class NewPipelineConfigRunnerResources(_NewPipelineConfigRunnerResourcesRequired, total=False):
    """In the form of a container in Kubernetes."""

    requests: Mapping[str, str]
    """Kubernetes: what is reserved."""
    limits: Mapping[str, str]
    """`memory` bounds the engine everywhere; the rest is for Kubernetes."""


class _NewPipelineConfigScheduleRequired(TypedDict):
    cron: Union[str, Sequence[str]]
    """Cron expressions of five fields, or six with seconds first."""


class NewPipelineConfigSchedule(_NewPipelineConfigScheduleRequired, total=False):
    """What is sent."""

    time_zone: str
    """IANA name, such as Europe/Berlin."""
    starting_deadline_seconds: int
    """How late a missed occurrence may still start; any time when left out."""
    concurrency_policy: Literal["Forbid", "Allow", "Replace"]
    """When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the
    latest waits. Allow: both run. Replace: the older run is cancelled.
    """
    catch_up: Literal["latest", "all", "none"]
    """What to do about occurrences missed while Headgate was down or the pipeline was paused."""


class _NewPipelineConfigSourceRequired(TypedDict):
    pass


class NewPipelineConfigSource(_NewPipelineConfigSourceRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    query: str
    """A query instead of a stream, where the connector can."""
    incremental: NewPipelineConfigSourceIncremental
    """Read only what is new since the last successful run."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: NewPipelineConfigSourceAuthentication
    """How to sign in: becomes settings of the connector."""


class _NewPipelineConfigSourceAuthenticationRequired(TypedDict):
    pass


class NewPipelineConfigSourceAuthentication(_NewPipelineConfigSourceAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _NewPipelineConfigSourceIncrementalRequired(TypedDict):
    cursor: str
    """A column that only grows. A run reads what is past the highest value of the last one."""


class NewPipelineConfigSourceIncremental(_NewPipelineConfigSourceIncrementalRequired, total=False):
    """Read only what is new since the last successful run."""

    initial: str
    """Where the first run starts; everything when left out."""
    lookback: str
    """For time cursors: how far before the last value to read again, for late records."""


class _NewPipelineConfigTransformRequired(TypedDict):
    pass


class NewPipelineConfigTransform(_NewPipelineConfigTransformRequired, total=False):
    """One step of the chain: exactly one key."""

    rename: Mapping[str, str]
    """Old name to new name."""
    select: Sequence[str]
    """The columns to keep, in this order."""
    drop: Sequence[str]
    """The columns to leave out."""
    set: Mapping[str, str]
    """New or replaced columns, each from a CEL expression over the record."""
    filter: str
    """Keeps the records for which this CEL expression is true."""
    cast: Mapping[str, str]
    """Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp,
    timestamptz, time, json, uuid, binary.
    """
    mask: Mapping[str, Literal["sha256", "redact", "keep-last"]]
    """Column to the way its values are made unreadable."""
    flatten: NewPipelineConfigTransformFlatten
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""
    dedupe: NewPipelineConfigTransformDedupe
    """One record for each key."""
    limit: int
    """At most so many records."""
    sql: str
    """A DuckDB SELECT over `input` and, where there are several sources, over each by its name.
    Batch pipelines only.
    """


class _NewPipelineConfigTransformDedupeRequired(TypedDict):
    key: Sequence[str]
    """Records that agree in these are the same."""


class NewPipelineConfigTransformDedupe(_NewPipelineConfigTransformDedupeRequired, total=False):
    """One record for each key."""

    keep: Literal["latest", "first"]
    """Which one stays: by `by`, or by arrival when that is left out."""
    by: str
    """The column that says which is later."""
    window: str
    """Streams: how long a key is known after its last record, at most 7d. At most a million keys
    are: beyond that the oldest are forgotten.
    """


class _NewPipelineConfigTransformFlattenRequired(TypedDict):
    pass


class NewPipelineConfigTransformFlatten(_NewPipelineConfigTransformFlattenRequired, total=False):
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""

    separator: str
    """Between the parts of a name."""
    columns: Sequence[str]
    """Only these; all nested columns when left out."""
    depth: int
    """How many levels to flatten."""


class _NewPipelineDeliveryRequired(TypedDict):
    pass


class NewPipelineDelivery(_NewPipelineDeliveryRequired, total=False):
    """Streams: how events reach the destinations."""

    concurrency: int
    """Batches under way at the same time. More than one needs `order: key` or `order: none`."""
    order: Literal["all", "key", "none"]
    """`all`: events arrive in the order they came; `key`: those of the same key do; `none`: any
    order.
    """
    when_paused: Literal["accept", "refuse"]
    """What happens to events that come while the pipeline is paused: kept for later, or refused."""


class _NewPipelineDestinationRequired(TypedDict):
    pass


class NewPipelineDestination(_NewPipelineDestinationRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    mode: Literal["append", "overwrite", "upsert"]
    """Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result),
    else to `append`.
    """
    key: Sequence[str]
    """For `upsert`: the columns that identify a record."""
    include: Sequence[Literal["event_id", "event_type", "received_at", "event_key"]]
    """Streams: which of the event's own fields to add to the record."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: NewPipelineDestinationAuthentication
    """How to sign in: becomes settings of the connector."""


class _NewPipelineDestinationAuthenticationRequired(TypedDict):
    pass


class NewPipelineDestinationAuthentication(_NewPipelineDestinationAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _NewPipelineHistoryRequired(TypedDict):
    pass


class NewPipelineHistory(_NewPipelineHistoryRequired, total=False):
    """How much of the past is kept."""

    runs: int
    """Ended runs to keep."""
    events: str
    """How long delivered events are kept."""
    event_bytes: str
    """How much of them is kept, such as 500Mi. When so much waits for delivery, further events are
    refused.
    """


class _NewPipelineLimitsRequired(TypedDict):
    pass


class NewPipelineLimits(_NewPipelineLimitsRequired, total=False):
    """Upper bounds."""

    events_per_second: int
    """Streams: accepted at most."""
    timeout: str
    """A run that takes longer fails."""


class _NewPipelineRetryRequired(TypedDict):
    pass


class NewPipelineRetry(_NewPipelineRetryRequired, total=False):
    """How failures that may pass are tried again."""

    attempts: int
    """Tries in all."""
    initial: str
    """The first wait; doubles each time."""
    max: str
    """The longest wait."""
    jitter: bool
    """Spread the waits."""


class _NewPipelineRunnerRequired(TypedDict):
    pass


class NewPipelineRunner(_NewPipelineRunnerRequired, total=False):
    """The process or Pod that moves the data."""

    resources: NewPipelineRunnerResources
    """In the form of a container in Kubernetes."""
    pod_template: Mapping[str, Any]
    """Kubernetes: merged over the runner's Pod template."""
    replicas: int
    """Streams on Kubernetes: how many runners."""


class _NewPipelineRunnerResourcesRequired(TypedDict):
    pass


class NewPipelineRunnerResources(_NewPipelineRunnerResourcesRequired, total=False):
    """In the form of a container in Kubernetes."""

    requests: Mapping[str, str]
    """Kubernetes: what is reserved."""
    limits: Mapping[str, str]
    """`memory` bounds the engine everywhere; the rest is for Kubernetes."""


class _NewPipelineScheduleRequired(TypedDict):
    cron: Union[str, Sequence[str]]
    """Cron expressions of five fields, or six with seconds first."""


class NewPipelineSchedule(_NewPipelineScheduleRequired, total=False):
    """What is sent."""

    time_zone: str
    """IANA name, such as Europe/Berlin."""
    starting_deadline_seconds: int
    """How late a missed occurrence may still start; any time when left out."""
    concurrency_policy: Literal["Forbid", "Allow", "Replace"]
    """When an occurrence comes while a run is going on. Forbid: it waits its turn, and only the
    latest waits. Allow: both run. Replace: the older run is cancelled.
    """
    catch_up: Literal["latest", "all", "none"]
    """What to do about occurrences missed while Headgate was down or the pipeline was paused."""


class _NewPipelineSourceRequired(TypedDict):
    pass


class NewPipelineSource(_NewPipelineSourceRequired, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    query: str
    """A query instead of a stream, where the connector can."""
    incremental: NewPipelineSourceIncremental
    """Read only what is new since the last successful run."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: NewPipelineSourceAuthentication
    """How to sign in: becomes settings of the connector."""


class _NewPipelineSourceAuthenticationRequired(TypedDict):
    pass


class NewPipelineSourceAuthentication(_NewPipelineSourceAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _NewPipelineSourceIncrementalRequired(TypedDict):
    cursor: str
    """A column that only grows. A run reads what is past the highest value of the last one."""


class NewPipelineSourceIncremental(_NewPipelineSourceIncrementalRequired, total=False):
    """Read only what is new since the last successful run."""

    initial: str
    """Where the first run starts; everything when left out."""
    lookback: str
    """For time cursors: how far before the last value to read again, for late records."""


class _NewPipelineTransformRequired(TypedDict):
    pass


class NewPipelineTransform(_NewPipelineTransformRequired, total=False):
    """One step of the chain: exactly one key."""

    rename: Mapping[str, str]
    """Old name to new name."""
    select: Sequence[str]
    """The columns to keep, in this order."""
    drop: Sequence[str]
    """The columns to leave out."""
    set: Mapping[str, str]
    """New or replaced columns, each from a CEL expression over the record."""
    filter: str
    """Keeps the records for which this CEL expression is true."""
    cast: Mapping[str, str]
    """Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp,
    timestamptz, time, json, uuid, binary.
    """
    mask: Mapping[str, Literal["sha256", "redact", "keep-last"]]
    """Column to the way its values are made unreadable."""
    flatten: NewPipelineTransformFlatten
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""
    dedupe: NewPipelineTransformDedupe
    """One record for each key."""
    limit: int
    """At most so many records."""
    sql: str
    """A DuckDB SELECT over `input` and, where there are several sources, over each by its name.
    Batch pipelines only.
    """


class _NewPipelineTransformDedupeRequired(TypedDict):
    key: Sequence[str]
    """Records that agree in these are the same."""


class NewPipelineTransformDedupe(_NewPipelineTransformDedupeRequired, total=False):
    """One record for each key."""

    keep: Literal["latest", "first"]
    """Which one stays: by `by`, or by arrival when that is left out."""
    by: str
    """The column that says which is later."""
    window: str
    """Streams: how long a key is known after its last record, at most 7d. At most a million keys
    are: beyond that the oldest are forgotten.
    """


class _NewPipelineTransformFlattenRequired(TypedDict):
    pass


class NewPipelineTransformFlatten(_NewPipelineTransformFlattenRequired, total=False):
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""

    separator: str
    """Between the parts of a name."""
    columns: Sequence[str]
    """Only these; all nested columns when left out."""
    depth: int
    """How many levels to flatten."""


class _PatchedPipelineConfigRequired(TypedDict):
    pass


class PatchedPipelineConfig(_PatchedPipelineConfigRequired, total=False):
    """What is sent."""

    name: Union[str, None]
    description: Union[str, None]
    title: Union[str, None]
    version: Union[str, None]
    enabled: Union[bool, None]
    transforms: Union[Sequence[PatchedPipelineConfigTransform], None]
    transform: Union[Sequence[PatchedPipelineConfigTransform], None]
    batch: Union[Mapping[str, Any], None]
    delivery: Union[Mapping[str, Any], None]
    retry: Union[Mapping[str, Any], None]
    limits: Union[Mapping[str, Any], None]
    variables: Union[Mapping[str, Any], None]
    history: Union[Mapping[str, Any], None]
    runner: Union[Mapping[str, Any], None]
    schedule: Union[str, Mapping[str, Any], None]
    source: Union[str, PatchedPipelineConfigSource, None]
    sources: Union[Sequence[Union[str, PatchedPipelineConfigSource2]], None]
    destination: Union[str, PatchedPipelineConfigDestination, None]
    destinations: Union[Sequence[Union[str, PatchedPipelineConfigDestination2]], None]
    source_id: Union[str, None]
    destination_id: Union[str, None]
    time_zone: Union[str, None]
    batch_size: Union[int, None]
    domain_id: Union[str, None]
    domain_name: Union[str, None]
    labels: Union[Mapping[str, Any], None]


class _PatchedPipelineConfigDestinationRequired(TypedDict):
    pass


class PatchedPipelineConfigDestination(_PatchedPipelineConfigDestinationRequired, total=False):
    """Members to change; null takes one away."""

    id: Union[str, None]
    connection: Union[str, None]
    connector: Union[str, None]
    type: Union[str, None]
    name: Union[str, None]
    settings: Union[Mapping[str, Any], None]
    config: Union[Mapping[str, Any], None]
    authentication: PatchedPipelineConfigDestinationAuthentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineConfigDestination2Required(TypedDict):
    pass


class PatchedPipelineConfigDestination2(_PatchedPipelineConfigDestination2Required, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    mode: Literal["append", "overwrite", "upsert"]
    """Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result),
    else to `append`.
    """
    key: Sequence[str]
    """For `upsert`: the columns that identify a record."""
    include: Sequence[Literal["event_id", "event_type", "received_at", "event_key"]]
    """Streams: which of the event's own fields to add to the record."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: PatchedPipelineConfigDestination2Authentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineConfigDestination2AuthenticationRequired(TypedDict):
    pass


class PatchedPipelineConfigDestination2Authentication(_PatchedPipelineConfigDestination2AuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineConfigDestinationAuthenticationRequired(TypedDict):
    pass


class PatchedPipelineConfigDestinationAuthentication(_PatchedPipelineConfigDestinationAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineConfigSourceRequired(TypedDict):
    pass


class PatchedPipelineConfigSource(_PatchedPipelineConfigSourceRequired, total=False):
    """Members to change; null takes one away."""

    id: Union[str, None]
    connection: Union[str, None]
    connector: Union[str, None]
    type: Union[str, None]
    name: Union[str, None]
    settings: Union[Mapping[str, Any], None]
    config: Union[Mapping[str, Any], None]
    authentication: PatchedPipelineConfigSourceAuthentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineConfigSource2Required(TypedDict):
    pass


class PatchedPipelineConfigSource2(_PatchedPipelineConfigSource2Required, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    query: str
    """A query instead of a stream, where the connector can."""
    incremental: PatchedPipelineConfigSource2Incremental
    """Read only what is new since the last successful run."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: PatchedPipelineConfigSource2Authentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineConfigSource2AuthenticationRequired(TypedDict):
    pass


class PatchedPipelineConfigSource2Authentication(_PatchedPipelineConfigSource2AuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineConfigSource2IncrementalRequired(TypedDict):
    cursor: str
    """A column that only grows. A run reads what is past the highest value of the last one."""


class PatchedPipelineConfigSource2Incremental(_PatchedPipelineConfigSource2IncrementalRequired, total=False):
    """Read only what is new since the last successful run."""

    initial: str
    """Where the first run starts; everything when left out."""
    lookback: str
    """For time cursors: how far before the last value to read again, for late records."""


class _PatchedPipelineConfigSourceAuthenticationRequired(TypedDict):
    pass


class PatchedPipelineConfigSourceAuthentication(_PatchedPipelineConfigSourceAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineConfigTransformRequired(TypedDict):
    pass


class PatchedPipelineConfigTransform(_PatchedPipelineConfigTransformRequired, total=False):
    """One step of the chain: exactly one key."""

    rename: Mapping[str, str]
    """Old name to new name."""
    select: Sequence[str]
    """The columns to keep, in this order."""
    drop: Sequence[str]
    """The columns to leave out."""
    set: Mapping[str, str]
    """New or replaced columns, each from a CEL expression over the record."""
    filter: str
    """Keeps the records for which this CEL expression is true."""
    cast: Mapping[str, str]
    """Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp,
    timestamptz, time, json, uuid, binary.
    """
    mask: Mapping[str, Literal["sha256", "redact", "keep-last"]]
    """Column to the way its values are made unreadable."""
    flatten: PatchedPipelineConfigTransformFlatten
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""
    dedupe: PatchedPipelineConfigTransformDedupe
    """One record for each key."""
    limit: int
    """At most so many records."""
    sql: str
    """A DuckDB SELECT over `input` and, where there are several sources, over each by its name.
    Batch pipelines only.
    """


class _PatchedPipelineConfigTransformDedupeRequired(TypedDict):
    key: Sequence[str]
    """Records that agree in these are the same."""


class PatchedPipelineConfigTransformDedupe(_PatchedPipelineConfigTransformDedupeRequired, total=False):
    """One record for each key."""

    keep: Literal["latest", "first"]
    """Which one stays: by `by`, or by arrival when that is left out."""
    by: str
    """The column that says which is later."""
    window: str
    """Streams: how long a key is known after its last record, at most 7d. At most a million keys
    are: beyond that the oldest are forgotten.
    """


class _PatchedPipelineConfigTransformFlattenRequired(TypedDict):
    pass


class PatchedPipelineConfigTransformFlatten(_PatchedPipelineConfigTransformFlattenRequired, total=False):
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""

    separator: str
    """Between the parts of a name."""
    columns: Sequence[str]
    """Only these; all nested columns when left out."""
    depth: int
    """How many levels to flatten."""


class _PatchedPipelineDestinationRequired(TypedDict):
    pass


class PatchedPipelineDestination(_PatchedPipelineDestinationRequired, total=False):
    """Members to change; null takes one away."""

    id: Union[str, None]
    connection: Union[str, None]
    connector: Union[str, None]
    type: Union[str, None]
    name: Union[str, None]
    settings: Union[Mapping[str, Any], None]
    config: Union[Mapping[str, Any], None]
    authentication: PatchedPipelineDestinationAuthentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineDestination2Required(TypedDict):
    pass


class PatchedPipelineDestination2(_PatchedPipelineDestination2Required, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    mode: Literal["append", "overwrite", "upsert"]
    """Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result),
    else to `append`.
    """
    key: Sequence[str]
    """For `upsert`: the columns that identify a record."""
    include: Sequence[Literal["event_id", "event_type", "received_at", "event_key"]]
    """Streams: which of the event's own fields to add to the record."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: PatchedPipelineDestination2Authentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineDestination2AuthenticationRequired(TypedDict):
    pass


class PatchedPipelineDestination2Authentication(_PatchedPipelineDestination2AuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineDestinationAuthenticationRequired(TypedDict):
    pass


class PatchedPipelineDestinationAuthentication(_PatchedPipelineDestinationAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineSourceRequired(TypedDict):
    pass


class PatchedPipelineSource(_PatchedPipelineSourceRequired, total=False):
    """Members to change; null takes one away."""

    id: Union[str, None]
    connection: Union[str, None]
    connector: Union[str, None]
    type: Union[str, None]
    name: Union[str, None]
    settings: Union[Mapping[str, Any], None]
    config: Union[Mapping[str, Any], None]
    authentication: PatchedPipelineSourceAuthentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineSource2Required(TypedDict):
    pass


class PatchedPipelineSource2(_PatchedPipelineSource2Required, total=False):
    """What is sent."""

    name: str
    """Where neither `connection` nor `connector` is given: the connection or connector meant."""
    connection: str
    """A Connection of this workspace. Either this or `connector`."""
    connector: str
    """A connector from the catalogue, with `settings` beside it."""
    settings: Mapping[str, Any]
    """The connector's settings; see its page in the reference."""
    stream: str
    """Which table, file, endpoint or topic of the connection: the connector's page says."""
    query: str
    """A query instead of a stream, where the connector can."""
    incremental: PatchedPipelineSource2Incremental
    """Read only what is new since the last successful run."""
    id: str
    """Id or name of a connection."""
    type: str
    """The same as `connector`."""
    config: Mapping[str, Any]
    """The same as `settings`."""
    authentication: PatchedPipelineSource2Authentication
    """How to sign in: becomes settings of the connector."""


class _PatchedPipelineSource2AuthenticationRequired(TypedDict):
    pass


class PatchedPipelineSource2Authentication(_PatchedPipelineSource2AuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineSource2IncrementalRequired(TypedDict):
    cursor: str
    """A column that only grows. A run reads what is past the highest value of the last one."""


class PatchedPipelineSource2Incremental(_PatchedPipelineSource2IncrementalRequired, total=False):
    """Read only what is new since the last successful run."""

    initial: str
    """Where the first run starts; everything when left out."""
    lookback: str
    """For time cursors: how far before the last value to read again, for late records."""


class _PatchedPipelineSourceAuthenticationRequired(TypedDict):
    pass


class PatchedPipelineSourceAuthentication(_PatchedPipelineSourceAuthenticationRequired, total=False):
    """How to sign in: becomes settings of the connector."""

    type: str
    """Such as `api_key` or `bearer`."""
    params: Mapping[str, Any]
    """Its values; secrets are kept apart from Git."""


class _PatchedPipelineTransformRequired(TypedDict):
    pass


class PatchedPipelineTransform(_PatchedPipelineTransformRequired, total=False):
    """One step of the chain: exactly one key."""

    rename: Mapping[str, str]
    """Old name to new name."""
    select: Sequence[str]
    """The columns to keep, in this order."""
    drop: Sequence[str]
    """The columns to leave out."""
    set: Mapping[str, str]
    """New or replaced columns, each from a CEL expression over the record."""
    filter: str
    """Keeps the records for which this CEL expression is true."""
    cast: Mapping[str, str]
    """Column to type: string, integer, bigint, double, decimal(p,s), boolean, date, timestamp,
    timestamptz, time, json, uuid, binary.
    """
    mask: Mapping[str, Literal["sha256", "redact", "keep-last"]]
    """Column to the way its values are made unreadable."""
    flatten: PatchedPipelineTransformFlatten
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""
    dedupe: PatchedPipelineTransformDedupe
    """One record for each key."""
    limit: int
    """At most so many records."""
    sql: str
    """A DuckDB SELECT over `input` and, where there are several sources, over each by its name.
    Batch pipelines only.
    """


class _PatchedPipelineTransformDedupeRequired(TypedDict):
    key: Sequence[str]
    """Records that agree in these are the same."""


class PatchedPipelineTransformDedupe(_PatchedPipelineTransformDedupeRequired, total=False):
    """One record for each key."""

    keep: Literal["latest", "first"]
    """Which one stays: by `by`, or by arrival when that is left out."""
    by: str
    """The column that says which is later."""
    window: str
    """Streams: how long a key is known after its last record, at most 7d. At most a million keys
    are: beyond that the oldest are forgotten.
    """


class _PatchedPipelineTransformFlattenRequired(TypedDict):
    pass


class PatchedPipelineTransformFlatten(_PatchedPipelineTransformFlattenRequired, total=False):
    """Turns nested objects into columns of their own: `address.city` becomes `address_city`."""

    separator: str
    """Between the parts of a name."""
    columns: Sequence[str]
    """Only these; all nested columns when left out."""
    depth: int
    """How many levels to flatten."""


MODELS: Dict[str, Type[Model]] = {
    "AcceptedEvent": AcceptedEvent,
    "AcceptedEvents": AcceptedEvents,
    "AuditRecord": AuditRecord,
    "AuditRecordActor": AuditRecordActor,
    "ConnectorManifest": ConnectorManifest,
    "ConnectorManifestAction": ConnectorManifestAction,
    "ConnectorManifestDestinationStream": ConnectorManifestDestinationStream,
    "ConnectorManifestSourceStream": ConnectorManifestSourceStream,
    "ConnectorManifestStream": ConnectorManifestStream,
    "Deleted": Deleted,
    "DeliveryAttempt": DeliveryAttempt,
    "Discarded": Discarded,
    "Event": Event,
    "IgnoredEvent": IgnoredEvent,
    "InboundKey": InboundKey,
    "Integration": Integration,
    "IntegrationCheck": IntegrationCheck,
    "IntegrationCondition": IntegrationCondition,
    "IntegrationSync": IntegrationSync,
    "IntegrationSyncSkipped": IntegrationSyncSkipped,
    "IntegrationSynchronization": IntegrationSynchronization,
    "IssuedToken": IssuedToken,
    "LogLine": LogLine,
    "Logs": Logs,
    "PendingWrite": PendingWrite,
    "Pipeline": Pipeline,
    "PipelineCondition": PipelineCondition,
    "PipelineEvents": PipelineEvents,
    "PipelineLastRun": PipelineLastRun,
    "PipelineSync": PipelineSync,
    "Plan": Plan,
    "PlanChange": PlanChange,
    "PlanSummary": PlanSummary,
    "RecordedError": RecordedError,
    "RecordedErrorIssue": RecordedErrorIssue,
    "RejectedEvent": RejectedEvent,
    "RejectedEventError": RejectedEventError,
    "RejectedEventErrorError": RejectedEventErrorError,
    "Replay": Replay,
    "ReplaySelection": ReplaySelection,
    "Repository": Repository,
    "RepositoryCondition": RepositoryCondition,
    "Rotation": Rotation,
    "RotationResealed": RotationResealed,
    "Run": Run,
    "RunPreview": RunPreview,
    "RunPreviewColumn": RunPreviewColumn,
    "RunProgress": RunProgress,
    "Secret": Secret,
    "SecretKey": SecretKey,
    "Sync": Sync,
    "SyncChange": SyncChange,
    "SyncRequest": SyncRequest,
    "Timeline": Timeline,
    "TimelinePipeline": TimelinePipeline,
    "TimelinePipelineRun": TimelinePipelineRun,
    "Token": Token,
}
"""What answers are made of, by name."""

SENT: Dict[str, Fields] = {
    "ChangedPipelineConfig": {
        "delivery": ("delivery", "ChangedPipelineConfigDelivery"),
        "limits": ("limits", "ChangedPipelineConfigLimits"),
        "history": ("history", "ChangedPipelineConfigHistory"),
        "runner": ("runner", "ChangedPipelineConfigRunner"),
        "schedule": ("schedule", "ChangedPipelineConfigSchedule"),
    },
    "ChangedPipelineConfigDelivery": {
        "when_paused": ("whenPaused", None),
    },
    "ChangedPipelineConfigHistory": {
        "event_bytes": ("eventBytes", None),
    },
    "ChangedPipelineConfigLimits": {
        "events_per_second": ("eventsPerSecond", None),
    },
    "ChangedPipelineConfigRunner": {
        "pod_template": ("podTemplate", None),
    },
    "ChangedPipelineConfigSchedule": {
        "time_zone": ("timeZone", None),
        "starting_deadline_seconds": ("startingDeadlineSeconds", None),
        "concurrency_policy": ("concurrencyPolicy", None),
        "catch_up": ("catchUp", None),
    },
    "ChangedPipelineDelivery": {
        "when_paused": ("whenPaused", None),
    },
    "ChangedPipelineHistory": {
        "event_bytes": ("eventBytes", None),
    },
    "ChangedPipelineLimits": {
        "events_per_second": ("eventsPerSecond", None),
    },
    "ChangedPipelineRunner": {
        "pod_template": ("podTemplate", None),
    },
    "ChangedPipelineSchedule": {
        "time_zone": ("timeZone", None),
        "starting_deadline_seconds": ("startingDeadlineSeconds", None),
        "concurrency_policy": ("concurrencyPolicy", None),
        "catch_up": ("catchUp", None),
    },
    "IntegrationChangeSynchronization": {
        "event_type": ("eventType", None),
    },
    "NewIntegrationSynchronization": {
        "event_type": ("eventType", None),
    },
    "NewPipelineConfig": {
        "delivery": ("delivery", "NewPipelineConfigDelivery"),
        "limits": ("limits", "NewPipelineConfigLimits"),
        "history": ("history", "NewPipelineConfigHistory"),
        "runner": ("runner", "NewPipelineConfigRunner"),
        "schedule": ("schedule", "NewPipelineConfigSchedule"),
    },
    "NewPipelineConfigDelivery": {
        "when_paused": ("whenPaused", None),
    },
    "NewPipelineConfigHistory": {
        "event_bytes": ("eventBytes", None),
    },
    "NewPipelineConfigLimits": {
        "events_per_second": ("eventsPerSecond", None),
    },
    "NewPipelineConfigRunner": {
        "pod_template": ("podTemplate", None),
    },
    "NewPipelineConfigSchedule": {
        "time_zone": ("timeZone", None),
        "starting_deadline_seconds": ("startingDeadlineSeconds", None),
        "concurrency_policy": ("concurrencyPolicy", None),
        "catch_up": ("catchUp", None),
    },
    "NewPipelineDelivery": {
        "when_paused": ("whenPaused", None),
    },
    "NewPipelineHistory": {
        "event_bytes": ("eventBytes", None),
    },
    "NewPipelineLimits": {
        "events_per_second": ("eventsPerSecond", None),
    },
    "NewPipelineRunner": {
        "pod_template": ("podTemplate", None),
    },
    "NewPipelineSchedule": {
        "time_zone": ("timeZone", None),
        "starting_deadline_seconds": ("startingDeadlineSeconds", None),
        "concurrency_policy": ("concurrencyPolicy", None),
        "catch_up": ("catchUp", None),
    },
}
"""Of what is sent, the fields that are called otherwise on the wire, or hold such ones."""
