# Made by `npm run gen` from the OpenAPI document. Changes belong there.
from __future__ import annotations

from typing import Any, AsyncIterator, Dict, Iterator, List, Literal, Mapping, Optional, Sequence, Union, cast

from .._download import AsyncDownload, Download
from .._operation import UNSET, Operation, Unset
from .._options import RequestOptions, StreamOptions
from .._paging import AsyncPaginator, Paginator
from .._stream import ServerEvent
from .._transport import AsyncTransport, Transport
from . import models

API_VERSION = "0.1.0"
"""Of the API that this was made for."""

_PIPELINES_LIST = Operation(
    method="GET",
    path="/v1/pipelines",
    query={"status": ("status", None), "workspace": ("workspace", None), "q": ("q", None), "enabled": ("enabled", None), "domain": ("domain", None), "domain_id": ("domain_id", None)},
    paging="query",
    item="Pipeline",
)
_PIPELINES_CREATE = Operation(
    method="POST",
    path="/v1/pipelines",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    body={"name": ("name", None), "description": ("description", None), "title": ("title", None), "version": ("version", None), "enabled": ("enabled", None), "transforms": ("transforms", None), "transform": ("transform", None), "batch": ("batch", None), "delivery": ("delivery", "NewPipelineDelivery"), "retry": ("retry", None), "limits": ("limits", "NewPipelineLimits"), "variables": ("variables", None), "history": ("history", "NewPipelineHistory"), "runner": ("runner", "NewPipelineRunner"), "schedule": ("schedule", "NewPipelineSchedule"), "source": ("source", None), "sources": ("sources", None), "destination": ("destination", None), "destinations": ("destinations", None), "source_id": ("source_id", None), "destination_id": ("destination_id", None), "time_zone": ("time_zone", None), "batch_size": ("batch_size", None), "domain_id": ("domain_id", None), "domain_name": ("domain_name", None), "labels": ("labels", None), "config": ("config", "NewPipelineConfig"), "id": ("id", None), "body_workspace": ("workspace", None), "status": ("status", None), "health": ("health", None), "events_last_24h": ("events_last_24h", None), "events": ("events", None), "last_run": ("last_run", None), "last_run_status": ("last_run_status", None), "last_run_at": ("last_run_at", None), "next_run_at": ("next_run_at", None), "revision": ("revision", None), "generation": ("generation", None), "sync": ("sync", None), "conditions": ("conditions", None), "created_at": ("created_at", None), "updated_at": ("updated_at", None)},
    answers={200: "Plan", 201: "Pipeline", 202: "PendingWrite"},
    nullable=frozenset({"description", "title", "version", "enabled", "transforms", "transform", "batch", "delivery", "retry", "limits", "variables", "history", "runner", "schedule", "source", "sources", "destination", "destinations", "source_id", "destination_id", "time_zone", "batch_size", "domain_id", "domain_name", "labels", "config"}),
    idempotency_key=True,
)
_PIPELINES_GET = Operation(
    method="GET",
    path="/v1/pipelines/{id}",
    query={"workspace": ("workspace", None)},
    answers={200: "Pipeline"},
)
_PIPELINES_UPDATE = Operation(
    method="PUT",
    path="/v1/pipelines/{id}",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    headers={"if_match": ("If-Match", None)},
    body={"name": ("name", None), "description": ("description", None), "title": ("title", None), "version": ("version", None), "enabled": ("enabled", None), "transforms": ("transforms", None), "transform": ("transform", None), "batch": ("batch", None), "delivery": ("delivery", "ChangedPipelineDelivery"), "retry": ("retry", None), "limits": ("limits", "ChangedPipelineLimits"), "variables": ("variables", None), "history": ("history", "ChangedPipelineHistory"), "runner": ("runner", "ChangedPipelineRunner"), "schedule": ("schedule", "ChangedPipelineSchedule"), "source": ("source", None), "sources": ("sources", None), "destination": ("destination", None), "destinations": ("destinations", None), "source_id": ("source_id", None), "destination_id": ("destination_id", None), "time_zone": ("time_zone", None), "batch_size": ("batch_size", None), "domain_id": ("domain_id", None), "domain_name": ("domain_name", None), "labels": ("labels", None), "config": ("config", "ChangedPipelineConfig"), "body_id": ("id", None), "body_workspace": ("workspace", None), "status": ("status", None), "health": ("health", None), "events_last_24h": ("events_last_24h", None), "events": ("events", None), "last_run": ("last_run", None), "last_run_status": ("last_run_status", None), "last_run_at": ("last_run_at", None), "next_run_at": ("next_run_at", None), "revision": ("revision", None), "generation": ("generation", None), "sync": ("sync", None), "conditions": ("conditions", None), "created_at": ("created_at", None), "updated_at": ("updated_at", None)},
    answers={200: ("any", ("Pipeline", "Plan",)), 202: "PendingWrite"},
    nullable=frozenset({"description", "title", "version", "enabled", "transforms", "transform", "batch", "delivery", "retry", "limits", "variables", "history", "runner", "schedule", "source", "sources", "destination", "destinations", "source_id", "destination_id", "time_zone", "batch_size", "domain_id", "domain_name", "labels", "config"}),
    idempotency_key=True,
)
_PIPELINES_PATCH = Operation(
    method="PATCH",
    path="/v1/pipelines/{id}",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    headers={"if_match": ("If-Match", None)},
    body={"name": ("name", None), "description": ("description", None), "title": ("title", None), "version": ("version", None), "enabled": ("enabled", None), "transforms": ("transforms", None), "transform": ("transform", None), "batch": ("batch", None), "delivery": ("delivery", None), "retry": ("retry", None), "limits": ("limits", None), "variables": ("variables", None), "history": ("history", None), "runner": ("runner", None), "schedule": ("schedule", None), "source": ("source", None), "sources": ("sources", None), "destination": ("destination", None), "destinations": ("destinations", None), "source_id": ("source_id", None), "destination_id": ("destination_id", None), "time_zone": ("time_zone", None), "batch_size": ("batch_size", None), "domain_id": ("domain_id", None), "domain_name": ("domain_name", None), "labels": ("labels", None), "config": ("config", None), "body_id": ("id", None), "body_workspace": ("workspace", None), "status": ("status", None), "health": ("health", None), "events_last_24h": ("events_last_24h", None), "events": ("events", None), "last_run": ("last_run", None), "last_run_status": ("last_run_status", None), "last_run_at": ("last_run_at", None), "next_run_at": ("next_run_at", None), "revision": ("revision", None), "generation": ("generation", None), "sync": ("sync", None), "conditions": ("conditions", None), "created_at": ("created_at", None), "updated_at": ("updated_at", None), "api_version": ("apiVersion", None), "kind": ("kind", None), "metadata": ("metadata", None), "spec": ("spec", None)},
    answers={200: ("any", ("Pipeline", "Plan",)), 202: "PendingWrite"},
    nullable=frozenset({"description", "title", "version", "enabled", "transforms", "transform", "batch", "delivery", "retry", "limits", "variables", "history", "runner", "schedule", "source", "sources", "destination", "destinations", "source_id", "destination_id", "time_zone", "batch_size", "domain_id", "domain_name", "labels", "config"}),
    idempotency_key=True,
)
_PIPELINES_DELETE = Operation(
    method="DELETE",
    path="/v1/pipelines/{id}",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    headers={"if_match": ("If-Match", None)},
    answers={200: ("any", ("Deleted", "Plan",)), 202: "PendingWrite"},
    idempotency_key=True,
)
_PIPELINES_PAUSE = Operation(
    method="POST",
    path="/v1/pipelines/{id}/pause",
    query={"workspace": ("workspace", None)},
    answers={200: "Pipeline"},
    idempotency_key=True,
)
_PIPELINES_RESUME = Operation(
    method="POST",
    path="/v1/pipelines/{id}/resume",
    query={"workspace": ("workspace", None)},
    answers={200: "Pipeline"},
    idempotency_key=True,
)
_PIPELINES_DUPLICATE = Operation(
    method="POST",
    path="/v1/pipelines/{id}/duplicate",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    body={"name": ("name", None)},
    answers={200: "Plan", 201: "Pipeline", 202: "PendingWrite"},
    idempotency_key=True,
)
_PIPELINES_REPLAYS = Operation(
    method="GET",
    path="/v1/pipelines/{id}/replays",
    query={"workspace": ("workspace", None)},
    paging="query",
    item="Replay",
)
_PIPELINES_DEAD_LETTERS = Operation(
    method="GET",
    path="/v1/pipelines/{id}/dead-letters",
    query={"workspace": ("workspace", None)},
    paging="query",
    item="Event",
)
_PIPELINES_DISCARD_DEAD_LETTERS = Operation(
    method="DELETE",
    path="/v1/pipelines/{id}/dead-letters",
    query={"event_id": ("event_id", None), "workspace": ("workspace", None)},
    answers={200: "Discarded"},
    idempotency_key=True,
)
_PIPELINES_REPLAY_DEAD_LETTERS = Operation(
    method="POST",
    path="/v1/pipelines/{id}/dead-letters/replay",
    query={"workspace": ("workspace", None)},
    body={"event_ids": ("event_ids", None), "events_per_second": ("events_per_second", None)},
    answers={202: "Replay"},
    idempotency_key=True,
)
_PIPELINES_RUN = Operation(
    method="POST",
    path="/v1/pipelines/{id}/runs",
    query={"workspace": ("workspace", None)},
    body={"full_refresh": ("full_refresh", None), "dry_run": ("dry_run", None), "variables": ("variables", None)},
    answers={202: "Run"},
    idempotency_key=True,
)
_PIPELINES_RUNS = Operation(
    method="GET",
    path="/v1/pipelines/{id}/runs",
    query={"status": ("status", None), "triggered_by": ("triggered_by", None), "from_": ("from", None), "to": ("to", None), "workspace": ("workspace", None)},
    paging="query",
    item="Run",
)
_EVENTS_LIST = Operation(
    method="GET",
    path="/v1/events",
    query={"pipeline_id": ("pipeline_id", None), "event_type": ("event_type", None), "status": ("status", None), "from_": ("from", None), "to": ("to", None), "workspace": ("workspace", None)},
    paging="query",
    item="Event",
    events={"event": "Event"},
)
_EVENTS_SEND = Operation(
    method="POST",
    path="/v1/events",
    query={"pipeline_id": ("pipeline_id", None), "workspace": ("workspace", None)},
    whole=True,
    whole_shape=None,
    answers={200: ("any", ("AcceptedEvent", "AcceptedEvents",)), 207: "AcceptedEvents"},
)
_EVENTS_FILTER = Operation(
    method="POST",
    path="/v1/events/filter",
    body={"pipeline_id": ("pipeline_id", None), "event_type": ("event_type", None), "status": ("status", None), "from_": ("from", None), "to": ("to", None), "workspace": ("workspace", None), "integration_id": ("integrationId", None)},
    paging="body",
    item="Event",
)
_EVENTS_GET = Operation(
    method="GET",
    path="/v1/events/{id}",
    answers={200: "Event"},
)
_EVENTS_RETRY = Operation(
    method="POST",
    path="/v1/events/{id}/retry",
    answers={201: "Event"},
    idempotency_key=True,
)
_EVENTS_CANCEL = Operation(
    method="POST",
    path="/v1/events/{id}/cancel",
    answers={200: "Event"},
    idempotency_key=True,
)
_EVENTS_REPLAY = Operation(
    method="POST",
    path="/v1/events/replay",
    body={"pipeline_id": ("pipeline_id", None), "from_": ("from", None), "to": ("to", None), "event_id": ("event_id", None), "event_ids": ("event_ids", None), "dead_letters": ("dead_letters", None), "event_type": ("event_type", None), "status": ("status", None), "events_per_second": ("events_per_second", None), "workspace": ("workspace", None)},
    answers={202: "Replay"},
    idempotency_key=True,
)
_EVENTS_GET_REPLAY = Operation(
    method="GET",
    path="/v1/events/replays/{id}",
    answers={200: "Replay"},
)
_EVENTS_CANCEL_REPLAY = Operation(
    method="POST",
    path="/v1/events/replays/{id}/cancel",
    answers={200: "Replay"},
    idempotency_key=True,
)
_RUNS_TIMELINE = Operation(
    method="GET",
    path="/v1/runs/timeline",
    query={"from_": ("from", None), "to": ("to", None), "workspace": ("workspace", None)},
    answers={200: "Timeline"},
)
_RUNS_LIST = Operation(
    method="GET",
    path="/v1/runs",
    query={"status": ("status", None), "triggered_by": ("triggered_by", None), "from_": ("from", None), "to": ("to", None), "pipeline": ("pipeline", None), "pipeline_id": ("pipeline_id", None), "workspace": ("workspace", None)},
    paging="query",
    item="Run",
)
_RUNS_GET = Operation(
    method="GET",
    path="/v1/runs/{run_id}",
    query={"workspace": ("workspace", None)},
    answers={200: "Run"},
)
_RUNS_CANCEL = Operation(
    method="POST",
    path="/v1/runs/{run_id}/cancel",
    query={"workspace": ("workspace", None)},
    answers={200: "Run"},
    idempotency_key=True,
)
_RUNS_LOGS = Operation(
    method="GET",
    path="/v1/runs/{run_id}/logs",
    query={"follow": ("follow", None), "after": ("after", None), "limit": ("limit", None), "workspace": ("workspace", None)},
    answers={200: "Logs"},
    events={"log": "LogLine", "run": "Run", "end": "Run"},
)
_RUNS_DOWNLOAD = Operation(
    method="GET",
    path="/v1/runs/{run_id}/download",
    query={"format": ("format", None), "workspace": ("workspace", None)},
    headers={"range": ("Range", None), "if_range": ("If-Range", None), "if_none_match": ("If-None-Match", None)},
)
_INTEGRATIONS_EMIT = Operation(
    method="POST",
    path="/v1/integrations/{id}/events",
    query={"pipeline_id": ("pipeline_id", None), "workspace": ("workspace", None)},
    whole=True,
    whole_shape=None,
    answers={200: "AcceptedEvents", 207: "AcceptedEvents"},
)
_INTEGRATIONS_AVAILABLE = Operation(
    method="GET",
    path="/v1/integrations/available",
    query={"q": ("q", None), "workspace": ("workspace", None)},
    paging="query",
    item="ConnectorManifest",
)
_INTEGRATIONS_LIST = Operation(
    method="GET",
    path="/v1/integrations",
    query={"workspace": ("workspace", None)},
    paging="query",
    item="Integration",
)
_INTEGRATIONS_CREATE = Operation(
    method="POST",
    path="/v1/integrations",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    body={"service": ("service", None), "enabled": ("enabled", None), "name": ("name", None), "title": ("title", None), "settings": ("settings", None), "synchronizations": ("synchronizations", ("list", "NewIntegrationSynchronization")), "id": ("id", None), "body_workspace": ("workspace", None), "status": ("status", None), "conditions": ("conditions", None), "revision": ("revision", None), "created_at": ("created_at", None), "updated_at": ("updated_at", None)},
    answers={200: "Plan", 201: "Integration", 202: "PendingWrite"},
    nullable=frozenset({"title"}),
    idempotency_key=True,
)
_INTEGRATIONS_SEARCH = Operation(
    method="GET",
    path="/v1/integrations/search",
    query={"q": ("q", None), "workspace": ("workspace", None)},
    paging="query",
    item="Integration",
)
_INTEGRATIONS_GET = Operation(
    method="GET",
    path="/v1/integrations/{id}",
    query={"workspace": ("workspace", None)},
    answers={200: "Integration"},
)
_INTEGRATIONS_UPDATE = Operation(
    method="PUT",
    path="/v1/integrations/{id}",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    headers={"if_match": ("If-Match", None)},
    body={"service": ("service", None), "enabled": ("enabled", None), "name": ("name", None), "title": ("title", None), "settings": ("settings", None), "synchronizations": ("synchronizations", ("list", "IntegrationChangeSynchronization")), "body_id": ("id", None), "body_workspace": ("workspace", None), "status": ("status", None), "conditions": ("conditions", None), "revision": ("revision", None), "created_at": ("created_at", None), "updated_at": ("updated_at", None)},
    answers={200: ("any", ("Integration", "Plan",)), 202: "PendingWrite"},
    nullable=frozenset({"title"}),
    idempotency_key=True,
)
_INTEGRATIONS_PATCH = Operation(
    method="PATCH",
    path="/v1/integrations/{id}",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    headers={"if_match": ("If-Match", None)},
    body={"service": ("service", None), "enabled": ("enabled", None), "name": ("name", None), "title": ("title", None), "settings": ("settings", None), "synchronizations": ("synchronizations", ("list", "IntegrationChangeSynchronization")), "body_id": ("id", None), "body_workspace": ("workspace", None), "status": ("status", None), "conditions": ("conditions", None), "revision": ("revision", None), "created_at": ("created_at", None), "updated_at": ("updated_at", None)},
    answers={200: ("any", ("Integration", "Plan",)), 202: "PendingWrite"},
    nullable=frozenset({"title"}),
    idempotency_key=True,
)
_INTEGRATIONS_DELETE = Operation(
    method="DELETE",
    path="/v1/integrations/{id}",
    query={"workspace": ("workspace", None), "dry_run": ("dry_run", None), "repository": ("repository", None)},
    headers={"if_match": ("If-Match", None)},
    answers={200: ("any", ("Deleted", "Plan",)), 202: "PendingWrite"},
    idempotency_key=True,
)
_INTEGRATIONS_CHECK = Operation(
    method="POST",
    path="/v1/integrations/{id}/check",
    query={"workspace": ("workspace", None)},
    answers={200: "IntegrationCheck"},
    idempotency_key=True,
)
_INTEGRATIONS_SYNC = Operation(
    method="POST",
    path="/v1/integrations/{id}/sync",
    query={"workspace": ("workspace", None)},
    body={"pipelines": ("pipelines", None), "full_refresh": ("full_refresh", None), "variables": ("variables", None)},
    answers={202: "IntegrationSync"},
    idempotency_key=True,
)
_INTEGRATIONS_REGENERATE_KEY = Operation(
    method="POST",
    path="/v1/integrations/{id}/regenerate-key",
    query={"workspace": ("workspace", None)},
    answers={201: "InboundKey"},
    idempotency_key=True,
)
_REPOSITORIES_LIST = Operation(
    method="GET",
    path="/v1/repositories",
    query={"workspace": ("workspace", None)},
    paging="query",
    item="Repository",
)
_REPOSITORIES_GET = Operation(
    method="GET",
    path="/v1/repositories/{id}",
    query={"workspace": ("workspace", None)},
    answers={200: "Repository"},
)
_REPOSITORIES_SYNC = Operation(
    method="POST",
    path="/v1/repositories/{id}/sync",
    query={"workspace": ("workspace", None)},
    body={"allow_prune": ("allow_prune", None), "plan_hash": ("plan_hash", None)},
    answers={202: "SyncRequest"},
    idempotency_key=True,
)
_REPOSITORIES_SYNCS = Operation(
    method="GET",
    path="/v1/repositories/{id}/syncs",
    query={"workspace": ("workspace", None)},
    paging="query",
    item="Sync",
)
_REPOSITORIES_PLAN = Operation(
    method="POST",
    path="/v1/plan",
    query={"workspace": ("workspace", None)},
    body={"repository": ("repository", None), "ref": ("ref", None)},
    answers={200: "Plan"},
)
_SECRETS_LIST = Operation(
    method="GET",
    path="/v1/secrets",
    query={"workspace": ("workspace", None)},
    paging="none",
    item="Secret",
)
_SECRETS_UPDATE = Operation(
    method="PUT",
    path="/v1/secrets/{name}",
    query={"workspace": ("workspace", None)},
    body={"values": ("values", None), "replace": ("replace", None)},
    answers={200: "Secret"},
    idempotency_key=True,
)
_SECRETS_DELETE = Operation(
    method="DELETE",
    path="/v1/secrets/{name}",
    query={"workspace": ("workspace", None), "key": ("key", None)},
    answers={200: "Deleted"},
    idempotency_key=True,
)
_SECRETS_ROTATE = Operation(
    method="POST",
    path="/v1/secrets/rotate",
    body={"forget_old": ("forget_old", None)},
    answers={200: "Rotation"},
    idempotency_key=True,
)
_TOKENS_LIST = Operation(
    method="GET",
    path="/v1/tokens",
    paging="none",
    item="Token",
)
_TOKENS_CREATE = Operation(
    method="POST",
    path="/v1/tokens",
    body={"name": ("name", None), "scopes": ("scopes", None), "workspaces": ("workspaces", None), "environment": ("environment", None), "expires_at": ("expires_at", None), "expires_in": ("expires_in", None)},
    answers={201: "IssuedToken"},
    nullable=frozenset({"workspaces"}),
    idempotency_key=True,
)
_TOKENS_GET = Operation(
    method="GET",
    path="/v1/tokens/{id}",
    answers={200: "Token"},
)
_TOKENS_DELETE = Operation(
    method="DELETE",
    path="/v1/tokens/{id}",
    answers={200: "Deleted"},
    idempotency_key=True,
)
_AUDIT_LIST = Operation(
    method="GET",
    path="/v1/audit",
    query={"actor": ("actor", None), "action": ("action", None), "resource": ("resource", None), "workspace": ("workspace", None), "from_": ("from", None), "to": ("to", None)},
    paging="query",
    item="AuditRecord",
)

class Pipelines:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, status: Optional[Sequence[Literal["active", "paused", "draining", "error"]]] = None, workspace: Optional[str] = None, q: Optional[str] = None, enabled: Optional[bool] = None, domain: Optional[str] = None, domain_id: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Pipeline]:
        """List pipelines. In the order of workspace and name, without their `config`."""
        return self._transport.list(_PIPELINES_LIST, (), {"status": status, "workspace": workspace, "q": q, "enabled": enabled, "domain": domain, "domain_id": domain_id}, options, limit=limit, page_size=page_size, cursor=cursor)

    def create(self, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, name: Optional[str] = None, description: Union[Union[str, None], Unset] = UNSET, title: Union[Union[str, None], Unset] = UNSET, version: Union[Union[str, None], Unset] = UNSET, enabled: Union[Union[bool, None], Unset] = UNSET, transforms: Union[Union[Sequence[models.NewPipelineTransform], None], Unset] = UNSET, transform: Union[Union[Sequence[models.NewPipelineTransform], None], Unset] = UNSET, batch: Union[Union[models.NewPipelineBatch, None], Unset] = UNSET, delivery: Union[Union[models.NewPipelineDelivery, None], Unset] = UNSET, retry: Union[Union[models.NewPipelineRetry, None], Unset] = UNSET, limits: Union[Union[models.NewPipelineLimits, None], Unset] = UNSET, variables: Union[Union[Mapping[str, str], None], Unset] = UNSET, history: Union[Union[models.NewPipelineHistory, None], Unset] = UNSET, runner: Union[Union[models.NewPipelineRunner, None], Unset] = UNSET, schedule: Union[Union[str, models.NewPipelineSchedule, None], Unset] = UNSET, source: Union[Union[str, models.NewPipelineSource, None], Unset] = UNSET, sources: Union[Union[Sequence[Union[str, models.NewPipelineSource]], None], Unset] = UNSET, destination: Union[Union[str, models.NewPipelineDestination, None], Unset] = UNSET, destinations: Union[Union[Sequence[Union[str, models.NewPipelineDestination]], None], Unset] = UNSET, source_id: Union[Union[str, None], Unset] = UNSET, destination_id: Union[Union[str, None], Unset] = UNSET, time_zone: Union[Union[str, None], Unset] = UNSET, batch_size: Union[Union[int, None], Unset] = UNSET, domain_id: Union[Union[str, None], Unset] = UNSET, domain_name: Union[Union[str, None], Unset] = UNSET, labels: Union[Union[Mapping[str, str], None], Unset] = UNSET, config: Union[Union[models.NewPipelineConfig, None], Unset] = UNSET, id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, health: Optional[Any] = None, events_last_24h: Optional[Any] = None, events: Optional[Any] = None, last_run: Optional[Any] = None, last_run_status: Optional[Any] = None, last_run_at: Optional[Any] = None, next_run_at: Optional[Any] = None, revision: Optional[Any] = None, generation: Optional[Any] = None, sync: Optional[Any] = None, conditions: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Plan, models.Pipeline, models.PendingWrite]:
        """Create a pipeline. The body is the resource as Git holds it (JSON or YAML), or its flat
        form. It becomes a commit: 201 once that is synced, 202 with a branch or commit before.
        A name for people becomes the title, and the resource is called alike in small letters
        and hyphens. Literal secrets go into the secret store, and references to them into Git.
        """
        return cast("Union[models.Plan, models.Pipeline, models.PendingWrite]", self._transport.call(_PIPELINES_CREATE, (), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "name": name, "description": description, "title": title, "version": version, "enabled": enabled, "transforms": transforms, "transform": transform, "batch": batch, "delivery": delivery, "retry": retry, "limits": limits, "variables": variables, "history": history, "runner": runner, "schedule": schedule, "source": source, "sources": sources, "destination": destination, "destinations": destinations, "source_id": source_id, "destination_id": destination_id, "time_zone": time_zone, "batch_size": batch_size, "domain_id": domain_id, "domain_name": domain_name, "labels": labels, "config": config, "id": id, "body_workspace": body_workspace, "status": status, "health": health, "events_last_24h": events_last_24h, "events": events, "last_run": last_run, "last_run_status": last_run_status, "last_run_at": last_run_at, "next_run_at": next_run_at, "revision": revision, "generation": generation, "sync": sync, "conditions": conditions, "created_at": created_at, "updated_at": updated_at, **more}, options))

    def get(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Pipeline:
        """Get a pipeline. With its whole `config`. Secrets are shown as the references that Git
        holds. The `ETag` is for `If-Match` of an update.
        """
        return cast("models.Pipeline", self._transport.call(_PIPELINES_GET, (id, ), {"workspace": workspace}, options))

    def update(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, name: Optional[str] = None, description: Union[Union[str, None], Unset] = UNSET, title: Union[Union[str, None], Unset] = UNSET, version: Union[Union[str, None], Unset] = UNSET, enabled: Union[Union[bool, None], Unset] = UNSET, transforms: Union[Union[Sequence[models.ChangedPipelineTransform], None], Unset] = UNSET, transform: Union[Union[Sequence[models.ChangedPipelineTransform], None], Unset] = UNSET, batch: Union[Union[models.ChangedPipelineBatch, None], Unset] = UNSET, delivery: Union[Union[models.ChangedPipelineDelivery, None], Unset] = UNSET, retry: Union[Union[models.ChangedPipelineRetry, None], Unset] = UNSET, limits: Union[Union[models.ChangedPipelineLimits, None], Unset] = UNSET, variables: Union[Union[Mapping[str, str], None], Unset] = UNSET, history: Union[Union[models.ChangedPipelineHistory, None], Unset] = UNSET, runner: Union[Union[models.ChangedPipelineRunner, None], Unset] = UNSET, schedule: Union[Union[str, models.ChangedPipelineSchedule, None], Unset] = UNSET, source: Union[Union[str, models.ChangedPipelineSource, None], Unset] = UNSET, sources: Union[Union[Sequence[Union[str, models.ChangedPipelineSource]], None], Unset] = UNSET, destination: Union[Union[str, models.ChangedPipelineDestination, None], Unset] = UNSET, destinations: Union[Union[Sequence[Union[str, models.ChangedPipelineDestination]], None], Unset] = UNSET, source_id: Union[Union[str, None], Unset] = UNSET, destination_id: Union[Union[str, None], Unset] = UNSET, time_zone: Union[Union[str, None], Unset] = UNSET, batch_size: Union[Union[int, None], Unset] = UNSET, domain_id: Union[Union[str, None], Unset] = UNSET, domain_name: Union[Union[str, None], Unset] = UNSET, labels: Union[Union[Mapping[str, str], None], Unset] = UNSET, config: Union[Union[models.ChangedPipelineConfig, None], Unset] = UNSET, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, health: Optional[Any] = None, events_last_24h: Optional[Any] = None, events: Optional[Any] = None, last_run: Optional[Any] = None, last_run_status: Optional[Any] = None, last_run_at: Optional[Any] = None, next_run_at: Optional[Any] = None, revision: Optional[Any] = None, generation: Optional[Any] = None, sync: Optional[Any] = None, conditions: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Pipeline, models.Plan, models.PendingWrite]:
        """Update a pipeline. A resource (with `kind`) takes the place of the whole definition. In
        the flat form, each field that is given takes the place of what was there, null removes
        it, and the others stay; what only answers hold is ignored, so that an answer can be
        changed and sent back.
        """
        return cast("Union[models.Pipeline, models.Plan, models.PendingWrite]", self._transport.call(_PIPELINES_UPDATE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "name": name, "description": description, "title": title, "version": version, "enabled": enabled, "transforms": transforms, "transform": transform, "batch": batch, "delivery": delivery, "retry": retry, "limits": limits, "variables": variables, "history": history, "runner": runner, "schedule": schedule, "source": source, "sources": sources, "destination": destination, "destinations": destinations, "source_id": source_id, "destination_id": destination_id, "time_zone": time_zone, "batch_size": batch_size, "domain_id": domain_id, "domain_name": domain_name, "labels": labels, "config": config, "body_id": body_id, "body_workspace": body_workspace, "status": status, "health": health, "events_last_24h": events_last_24h, "events": events, "last_run": last_run, "last_run_status": last_run_status, "last_run_at": last_run_at, "next_run_at": next_run_at, "revision": revision, "generation": generation, "sync": sync, "conditions": conditions, "created_at": created_at, "updated_at": updated_at, **more}, options))

    def patch(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, name: Optional[str] = None, description: Union[Union[str, None], Unset] = UNSET, title: Union[Union[str, None], Unset] = UNSET, version: Union[Union[str, None], Unset] = UNSET, enabled: Union[Union[bool, None], Unset] = UNSET, transforms: Union[Union[Sequence[models.PatchedPipelineTransform], None], Unset] = UNSET, transform: Union[Union[Sequence[models.PatchedPipelineTransform], None], Unset] = UNSET, batch: Union[Union[Mapping[str, Any], None], Unset] = UNSET, delivery: Union[Union[Mapping[str, Any], None], Unset] = UNSET, retry: Union[Union[Mapping[str, Any], None], Unset] = UNSET, limits: Union[Union[Mapping[str, Any], None], Unset] = UNSET, variables: Union[Union[Mapping[str, Any], None], Unset] = UNSET, history: Union[Union[Mapping[str, Any], None], Unset] = UNSET, runner: Union[Union[Mapping[str, Any], None], Unset] = UNSET, schedule: Union[Union[str, Mapping[str, Any], None], Unset] = UNSET, source: Union[Union[str, models.PatchedPipelineSource, None], Unset] = UNSET, sources: Union[Union[Sequence[Union[str, models.PatchedPipelineSource2]], None], Unset] = UNSET, destination: Union[Union[str, models.PatchedPipelineDestination, None], Unset] = UNSET, destinations: Union[Union[Sequence[Union[str, models.PatchedPipelineDestination2]], None], Unset] = UNSET, source_id: Union[Union[str, None], Unset] = UNSET, destination_id: Union[Union[str, None], Unset] = UNSET, time_zone: Union[Union[str, None], Unset] = UNSET, batch_size: Union[Union[int, None], Unset] = UNSET, domain_id: Union[Union[str, None], Unset] = UNSET, domain_name: Union[Union[str, None], Unset] = UNSET, labels: Union[Union[Mapping[str, Any], None], Unset] = UNSET, config: Union[Union[models.PatchedPipelineConfig, None], Unset] = UNSET, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, health: Optional[Any] = None, events_last_24h: Optional[Any] = None, events: Optional[Any] = None, last_run: Optional[Any] = None, last_run_status: Optional[Any] = None, last_run_at: Optional[Any] = None, next_run_at: Optional[Any] = None, revision: Optional[Any] = None, generation: Optional[Any] = None, sync: Optional[Any] = None, conditions: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, api_version: Optional[Any] = None, kind: Optional[Any] = None, metadata: Optional[Any] = None, spec: Optional[Any] = None, options: Optional[RequestOptions] = None) -> Union[models.Pipeline, models.Plan, models.PendingWrite]:
        """Change parts of a pipeline. A JSON Merge Patch (RFC 7396, `application/merge-patch+json`
        or any JSON or YAML) over the flat form, or, with `metadata` or `spec`, over the
        resource: members of objects are merged, null removes one, arrays are replaced as a
        whole.
        """
        return cast("Union[models.Pipeline, models.Plan, models.PendingWrite]", self._transport.call(_PIPELINES_PATCH, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "name": name, "description": description, "title": title, "version": version, "enabled": enabled, "transforms": transforms, "transform": transform, "batch": batch, "delivery": delivery, "retry": retry, "limits": limits, "variables": variables, "history": history, "runner": runner, "schedule": schedule, "source": source, "sources": sources, "destination": destination, "destinations": destinations, "source_id": source_id, "destination_id": destination_id, "time_zone": time_zone, "batch_size": batch_size, "domain_id": domain_id, "domain_name": domain_name, "labels": labels, "config": config, "body_id": body_id, "body_workspace": body_workspace, "status": status, "health": health, "events_last_24h": events_last_24h, "events": events, "last_run": last_run, "last_run_status": last_run_status, "last_run_at": last_run_at, "next_run_at": next_run_at, "revision": revision, "generation": generation, "sync": sync, "conditions": conditions, "created_at": created_at, "updated_at": updated_at, "api_version": api_version, "kind": kind, "metadata": metadata, "spec": spec}, options))

    def delete(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.Deleted, models.Plan, models.PendingWrite]:
        """Delete a pipeline. With its runs and events. Events that were accepted are still
        delivered, for ten minutes at most; new ones are refused. There is no way back but the
        history of Git.
        """
        return cast("Union[models.Deleted, models.Plan, models.PendingWrite]", self._transport.call(_PIPELINES_DELETE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match}, options))

    def pause(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Pipeline:
        """Pause a pipeline. Nothing starts any more, and what runs is drained. Lasts until it is
        resumed, whatever is committed meanwhile. Pausing a paused pipeline changes nothing.
        """
        return cast("models.Pipeline", self._transport.call(_PIPELINES_PAUSE, (id, ), {"workspace": workspace}, options))

    def resume(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Pipeline:
        """Resume a pipeline. Ends a pause. A pipeline that Git declares with `enabled: false` is
        resumed in Git.
        """
        return cast("models.Pipeline", self._transport.call(_PIPELINES_RESUME, (id, ), {"workspace": workspace}, options))

    def duplicate(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, name: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.Plan, models.Pipeline, models.PendingWrite]:
        """Duplicate a pipeline. A new pipeline with the same definition. Without a name its title
        is that of the original with ` (Copy)`. Incremental state, runs and events are not
        copied.
        """
        return cast("Union[models.Plan, models.Pipeline, models.PendingWrite]", self._transport.call(_PIPELINES_DUPLICATE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "name": name}, options))

    def replays(self, id: str, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Replay]:
        """List the replays of a pipeline. Newest first, 1,000 at most; ended ones for 30 days."""
        return self._transport.list(_PIPELINES_REPLAYS, (id, ), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def dead_letters(self, id: str, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Event]:
        """List the dead letters of a pipeline. Events that failed and that nobody retried,
        replayed or discarded, newest first, with their `error` and `attempt_count`.
        """
        return self._transport.list(_PIPELINES_DEAD_LETTERS, (id, ), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def discard_dead_letters(self, id: str, *, event_id: Optional[Sequence[str]] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Discarded:
        """Discard dead letters. All of the pipeline, or those that are named. They are no dead
        letters any more; the events stay in the log for as long as its history goes, and can
        still be retried or replayed by their ids.
        """
        return cast("models.Discarded", self._transport.call(_PIPELINES_DISCARD_DEAD_LETTERS, (id, ), {"event_id": event_id, "workspace": workspace}, options))

    def replay_dead_letters(self, id: str, *, workspace: Optional[str] = None, event_ids: Optional[Sequence[str]] = None, events_per_second: Optional[int] = None, options: Optional[RequestOptions] = None) -> models.Replay:
        """Replay dead letters. All of the pipeline, or those that are named. Those that get
        through are resolved.
        """
        return cast("models.Replay", self._transport.call(_PIPELINES_REPLAY_DEAD_LETTERS, (id, ), {"workspace": workspace, "event_ids": event_ids, "events_per_second": events_per_second}, options))

    def run(self, id: str, *, workspace: Optional[str] = None, full_refresh: Optional[bool] = None, dry_run: Optional[bool] = None, variables: Optional[Mapping[str, Union[str, float, bool]]] = None, options: Optional[RequestOptions] = None) -> models.Run:
        """Start a run from a program. Records the wish and answers at once; follow the run under
        `Location`. A paused pipeline and a stream start nothing: 409. `triggered_by` is `api`,
        or `manual` when the `headgate` command asks.
        """
        return cast("models.Run", self._transport.call(_PIPELINES_RUN, (id, ), {"workspace": workspace, "full_refresh": full_refresh, "dry_run": dry_run, "variables": variables}, options))

    def runs(self, id: str, *, status: Optional[Sequence[Literal["pending", "running", "success", "failed", "cancelled"]]] = None, triggered_by: Optional[Literal["schedule", "manual", "api", "annotation", "event"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Run]:
        """List the runs of a pipeline. Newest first."""
        return self._transport.list(_PIPELINES_RUNS, (id, ), {"status": status, "triggered_by": triggered_by, "from_": from_, "to": to, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)


class Events:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, pipeline_id: Optional[str] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Event]:
        """List or follow events. Newest first, of one pipeline or of all that the token may see. A
        page holds fewer than `limit` where payloads are large or few events match; `has_more`
        tells whether to go on. With `Accept: text/event-stream` events come as they arrive, as
        server-sent events `event`, which `Last-Event-ID` continues without leaving any out;
        with `status` `delivered`, `failed` or `cancelled` they come once they are settled, and
        `pipeline_id` is needed.
        """
        return self._transport.list(_EVENTS_LIST, (), {"pipeline_id": pipeline_id, "event_type": event_type, "status": status, "from_": from_, "to": to, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def stream(self, *, pipeline_id: Optional[str] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, options: Optional[StreamOptions] = None) -> Iterator[ServerEvent]:
        """List or follow events. Newest first, of one pipeline or of all that the token may see. A
        page holds fewer than `limit` where payloads are large or few events match; `has_more`
        tells whether to go on. With `Accept: text/event-stream` events come as they arrive, as
        server-sent events `event`, which `Last-Event-ID` continues without leaving any out;
        with `status` `delivered`, `failed` or `cancelled` they come once they are settled, and
        `pipeline_id` is needed.
        """
        return self._transport.stream(_EVENTS_LIST, (), {"pipeline_id": pipeline_id, "event_type": event_type, "status": status, "from_": from_, "to": to, "workspace": workspace}, options)

    def send(self, body: Union[models.EventRequest, Sequence[models.EventRequest]], *, pipeline_id: Optional[str] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.AcceptedEvent, models.AcceptedEvents]:
        """Send events. Answers when they are durable. The body is one event, an array of events,
        or one event a line (`application/x-ndjson`); CloudEvents 1.0 come structured, in
        batches, or with `ce-` header fields. At most 10,000 events and 16 MiB a request, also
        when it is compressed (`Content-Encoding: gzip`, `deflate`, `br` or `zstd`). Of several
        events each has its own result: 200 when all were accepted, 207 when some were; when
        none was and all for the same reason, the answer is that error. Events of one pipeline
        keep the order of the request. Over a limit of events a second, or while too much waits
        for delivery (`backlog_full`), nothing of a request is stored. A token that was revoked
        at another server on the same store is refused half a second later at the latest.
        """
        return cast("Union[models.AcceptedEvent, models.AcceptedEvents]", self._transport.call(_EVENTS_SEND, (), {"pipeline_id": pipeline_id, "workspace": workspace}, options, body))

    def filter(self, *, pipeline_id: Optional[str] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, integration_id: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Event]:
        """List events by a filter in the body. As the list, and also by `integrationId`: the
        pipelines that read or write this connection. `page` counts from 1 and reaches the
        newest 10000 events; `cursor` goes on from there, and is the better way also before.
        """
        return self._transport.list(_EVENTS_FILTER, (), {"pipeline_id": pipeline_id, "event_type": event_type, "status": status, "from_": from_, "to": to, "workspace": workspace, "integration_id": integration_id}, options, limit=limit, page_size=page_size, cursor=cursor)

    def get(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Event:
        """Get an event. With the attempts at delivering it that were kept, and excerpts of what
        was sent and answered.
        """
        return cast("models.Event", self._transport.call(_EVENTS_GET, (id, ), {}, options))

    def retry(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Event:
        """Retry an event. Makes a new event with the same type, key and payload, linked to this
        one, and resolves this one where it is a dead letter. An event that is still to be
        delivered gives 409.
        """
        return cast("models.Event", self._transport.call(_EVENTS_RETRY, (id, ), {}, options))

    def cancel(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Event:
        """Cancel an event. An event that waits for delivery is left out of it. Cancelling again
        answers the same; one that is settled gives 409.
        """
        return cast("models.Event", self._transport.call(_EVENTS_CANCEL, (id, ), {}, options))

    def replay(self, *, pipeline_id: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None, event_id: Optional[str] = None, event_ids: Optional[Sequence[str]] = None, dead_letters: Optional[bool] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, events_per_second: Optional[int] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Replay:
        """Replay events into the destinations. Brings settled events to the destinations once
        more: a window (`pipeline_id`, `from`, `to`), events by id, or all dead letters of a
        pipeline. Between live events and no faster than `events_per_second`; destinations can
        tell a replay. Answers at once; follow it under `Location`. Dead letters that it
        delivers are resolved.
        """
        return cast("models.Replay", self._transport.call(_EVENTS_REPLAY, (), {"pipeline_id": pipeline_id, "from_": from_, "to": to, "event_id": event_id, "event_ids": event_ids, "dead_letters": dead_letters, "event_type": event_type, "status": status, "events_per_second": events_per_second, "workspace": workspace}, options))

    def get_replay(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Replay:
        """Get a replay."""
        return cast("models.Replay", self._transport.call(_EVENTS_GET_REPLAY, (id, ), {}, options))

    def cancel_replay(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Replay:
        """Cancel a replay. A pending one ends at once; a running one is asked to stop after the
        batch it is at: `status` says whether it has. Cancelling again answers the same; a
        replay that ended otherwise gives 409.
        """
        return cast("models.Replay", self._transport.call(_EVENTS_CANCEL_REPLAY, (id, ), {}, options))


class Runs:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def timeline(self, *, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Timeline:
        """Runs on a time axis. The intervals that a Gantt chart shows: all runs that overlap the
        window, by pipeline.
        """
        return cast("models.Timeline", self._transport.call(_RUNS_TIMELINE, (), {"from_": from_, "to": to, "workspace": workspace}, options))

    def list(self, *, status: Optional[Sequence[Literal["pending", "running", "success", "failed", "cancelled"]]] = None, triggered_by: Optional[Literal["schedule", "manual", "api", "annotation", "event"]] = None, from_: Optional[str] = None, to: Optional[str] = None, pipeline: Optional[str] = None, pipeline_id: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Run]:
        """List runs. Newest first."""
        return self._transport.list(_RUNS_LIST, (), {"status": status, "triggered_by": triggered_by, "from_": from_, "to": to, "pipeline": pipeline, "pipeline_id": pipeline_id, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def get(self, run_id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Run:
        """Get a run."""
        return cast("models.Run", self._transport.call(_RUNS_GET, (run_id, ), {"workspace": workspace}, options))

    def cancel(self, run_id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Run:
        """Cancel a run. A pending run ends at once. A running one is asked to stop, and the answer
        waits some seconds for it: `status` says whether it has. Cancelling again answers the
        same; a run that ended otherwise gives 409.
        """
        return cast("models.Run", self._transport.call(_RUNS_CANCEL, (run_id, ), {"workspace": workspace}, options))

    def logs(self, run_id: str, *, follow: Optional[bool] = None, after: Optional[int] = None, limit: Optional[int] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Logs:
        """Read or follow a run's log. JSON by default, as text with `Accept: text/plain`. With
        `follow=true` the lines come as they are written, until the run ends; with `Accept:
        text/event-stream` as server-sent events `log`, `run` and `end`, which `Last-Event-ID`
        continues.
        """
        return cast("models.Logs", self._transport.call(_RUNS_LOGS, (run_id, ), {"follow": follow, "after": after, "limit": limit, "workspace": workspace}, options))

    def stream_logs(self, run_id: str, *, follow: Optional[bool] = None, after: Optional[int] = None, limit: Optional[int] = None, workspace: Optional[str] = None, options: Optional[StreamOptions] = None) -> Iterator[ServerEvent]:
        """Read or follow a run's log. JSON by default, as text with `Accept: text/plain`. With
        `follow=true` the lines come as they are written, until the run ends; with `Accept:
        text/event-stream` as server-sent events `log`, `run` and `end`, which `Last-Event-ID`
        continues.
        """
        return self._transport.stream(_RUNS_LOGS, (run_id, ), {"follow": follow, "after": after, "limit": limit, "workspace": workspace}, options)

    def download(self, run_id: str, *, format: Optional[Literal["parquet", "csv", "json"]] = None, workspace: Optional[str] = None, range: Optional[str] = None, if_range: Optional[str] = None, if_none_match: Optional[str] = None, options: Optional[RequestOptions] = None) -> Download:
        """Download a run's output. The Parquet file that the transforms made, with ranges and
        ETag; `format` converts it on the way, without either.
        """
        return self._transport.download(_RUNS_DOWNLOAD, (run_id, ), {"format": format, "workspace": workspace, "range": range, "if_range": if_range, "if_none_match": if_none_match}, options)


class Integrations:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def emit(self, id: str, body: Union[models.EventRequest, Sequence[models.EventRequest]], *, pipeline_id: Optional[str] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.AcceptedEvents:
        """Send events of a custom integration. In the forms of `POST /events`, with the inbound
        key of the integration or a token. Each event goes to every stream pipeline that reads
        from it (or to the one that `pipeline_id` names), and has a result for each. A type that
        its synchronizations do not enable is refused with `event_refused`.
        """
        return cast("models.AcceptedEvents", self._transport.call(_INTEGRATIONS_EMIT, (id, ), {"pipeline_id": pipeline_id, "workspace": workspace}, options, body))

    def available(self, *, q: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.ConnectorManifest]:
        """The catalogue of connectors. What integrations can be made of, with the schema of their
        settings. By name. `q` searches name, title and summary.
        """
        return self._transport.list(_INTEGRATIONS_AVAILABLE, (), {"q": q, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def list(self, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Integration]:
        """List integrations. The connections that Git declares, in the order of workspace and
        name.
        """
        return self._transport.list(_INTEGRATIONS_LIST, (), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def create(self, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, service: Optional[str] = None, enabled: Optional[bool] = None, name: Optional[str] = None, title: Union[Union[str, None], Unset] = UNSET, settings: Optional[Mapping[str, Any]] = None, synchronizations: Optional[Sequence[models.NewIntegrationSynchronization]] = None, id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, conditions: Optional[Any] = None, revision: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Plan, models.Integration, models.PendingWrite]:
        """Create an integration. The body is these fields, or the Connection as JSON or YAML. The
        change becomes a commit (or a pull request, as the repository asks: 202); the answer
        comes once it is synced. A name that an integration has already is a 409.
        """
        return cast("Union[models.Plan, models.Integration, models.PendingWrite]", self._transport.call(_INTEGRATIONS_CREATE, (), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "service": service, "enabled": enabled, "name": name, "title": title, "settings": settings, "synchronizations": synchronizations, "id": id, "body_workspace": body_workspace, "status": status, "conditions": conditions, "revision": revision, "created_at": created_at, "updated_at": updated_at, **more}, options))

    def search(self, *, q: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Integration]:
        """Search integrations. Those of the list with every word of `q` in their name, title or
        service, whatever its case; without `q` all. The catalogue is searched with `GET
        /integrations/available?q=`.
        """
        return self._transport.list(_INTEGRATIONS_SEARCH, (), {"q": q, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def get(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Integration:
        """Get an integration."""
        return cast("models.Integration", self._transport.call(_INTEGRATIONS_GET, (id, ), {"workspace": workspace}, options))

    def update(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, service: Optional[str] = None, enabled: Optional[bool] = None, name: Optional[str] = None, title: Union[Union[str, None], Unset] = UNSET, settings: Optional[Mapping[str, Any]] = None, synchronizations: Optional[Sequence[models.IntegrationChangeSynchronization]] = None, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, conditions: Optional[Any] = None, revision: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Integration, models.Plan, models.PendingWrite]:
        """Update an integration. What is left out stays; members of `settings` are merged, and
        null removes one. With the Connection as JSON or YAML in the body, it is replaced as a
        whole. The change becomes a commit (or a pull request, as the repository asks: 202); the
        answer comes once it is synced.
        """
        return cast("Union[models.Integration, models.Plan, models.PendingWrite]", self._transport.call(_INTEGRATIONS_UPDATE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "service": service, "enabled": enabled, "name": name, "title": title, "settings": settings, "synchronizations": synchronizations, "body_id": body_id, "body_workspace": body_workspace, "status": status, "conditions": conditions, "revision": revision, "created_at": created_at, "updated_at": updated_at, **more}, options))

    def patch(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, service: Optional[str] = None, enabled: Optional[bool] = None, name: Optional[str] = None, title: Union[Union[str, None], Unset] = UNSET, settings: Optional[Mapping[str, Any]] = None, synchronizations: Optional[Sequence[models.IntegrationChangeSynchronization]] = None, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, conditions: Optional[Any] = None, revision: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None) -> Union[models.Integration, models.Plan, models.PendingWrite]:
        """Change parts of an integration. What is left out stays; members of `settings` are
        merged, and null removes one. The change becomes a commit (or a pull request, as the
        repository asks: 202); the answer comes once it is synced.
        """
        return cast("Union[models.Integration, models.Plan, models.PendingWrite]", self._transport.call(_INTEGRATIONS_PATCH, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "service": service, "enabled": enabled, "name": name, "title": title, "settings": settings, "synchronizations": synchronizations, "body_id": body_id, "body_workspace": body_workspace, "status": status, "conditions": conditions, "revision": revision, "created_at": created_at, "updated_at": updated_at}, options))

    def delete(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.Deleted, models.Plan, models.PendingWrite]:
        """Delete an integration. One that pipelines use stays: 409 names them. Its inbound key,
        and the secrets that were stored for it, go with it. The change becomes a commit (or a
        pull request, as the repository asks: 202); the answer comes once it is synced.
        """
        return cast("Union[models.Deleted, models.Plan, models.PendingWrite]", self._transport.call(_INTEGRATIONS_DELETE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match}, options))

    def check(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.IntegrationCheck:
        """Check an integration. Whether its service can be reached with these settings, asked in a
        runner, where secrets have their values; a disabled one, too. Settings with `${var:…}`
        have values in pipelines only, which is what the answer says then. That it cannot is an
        answer (`ok: false`). Takes 30 seconds at most; four at a time, then 503.
        """
        return cast("models.IntegrationCheck", self._transport.call(_INTEGRATIONS_CHECK, (id, ), {"workspace": workspace}, options))

    def sync(self, id: str, *, workspace: Optional[str] = None, pipelines: Optional[Sequence[str]] = None, full_refresh: Optional[bool] = None, variables: Optional[Mapping[str, Union[str, float, bool]]] = None, options: Optional[RequestOptions] = None) -> models.IntegrationSync:
        """Run the pipelines of an integration. Starts a run of each pipeline that reads from it;
        where none does, of each that writes to it. `pipelines` chooses among all of them.
        Stream pipelines run all the time and have no runs: they stand in `skipped`, as do
        paused ones and those with too many runs waiting. When nothing could be started, and not
        for streams alone, the answer is the reason; a disabled integration is a 409.
        `triggered_by` is `api`.
        """
        return cast("models.IntegrationSync", self._transport.call(_INTEGRATIONS_SYNC, (id, ), {"workspace": workspace, "pipelines": pipelines, "full_refresh": full_refresh, "variables": variables}, options))

    def regenerate_key(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.InboundKey:
        """Make a new inbound key. For custom integrations, whose events are sent here (services
        `events` and `webhook`): a token for `POST /integrations/{id}/events`, and for nothing
        else but events of this integration. It is shown this once. The key of before is dead,
        on every server, once this is answered.
        """
        return cast("models.InboundKey", self._transport.call(_INTEGRATIONS_REGENERATE_KEY, (id, ), {"workspace": workspace}, options))


class Repositories:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Repository]:
        """List repositories."""
        return self._transport.list(_REPOSITORIES_LIST, (), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def get(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Repository:
        """Get a repository."""
        return cast("models.Repository", self._transport.call(_REPOSITORIES_GET, (id, ), {"workspace": workspace}, options))

    def sync(self, id: str, *, workspace: Optional[str] = None, allow_prune: Optional[bool] = None, plan_hash: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.SyncRequest:
        """Sync a repository now. Records the wish and answers at once. `allow_prune` consents to a
        revision that deletes much, and needs the scope `write`. With `plan_hash` only the plan
        with this hash is applied.
        """
        return cast("models.SyncRequest", self._transport.call(_REPOSITORIES_SYNC, (id, ), {"workspace": workspace, "allow_prune": allow_prune, "plan_hash": plan_hash}, options))

    def syncs(self, id: str, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Sync]:
        """List syncs. Newest first: revision, author, changes, and errors by file and line."""
        return self._transport.list(_REPOSITORIES_SYNCS, (id, ), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def plan(self, *, workspace: Optional[str] = None, repository: Optional[str] = None, ref: Optional[str] = None, options: Optional[RequestOptions] = None, **more: Any) -> models.Plan:
        """What would change. From what is live to a commit of a repository, or to resources sent
        as YAML or JSON (several documents allowed). Changes nothing. Names fields, never
        values.
        """
        return cast("models.Plan", self._transport.call(_REPOSITORIES_PLAN, (), {"workspace": workspace, "repository": repository, "ref": ref, **more}, options))


class Secrets:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.Secret]:
        """List secrets. Names, keys and times. Values are shown to nobody."""
        return self._transport.list(_SECRETS_LIST, (), {"workspace": workspace}, options)

    def update(self, name: str, *, values: Mapping[str, str], workspace: Optional[str] = None, replace: Optional[bool] = None, options: Optional[RequestOptions] = None) -> models.Secret:
        """Set keys of a secret. Pipelines of the workspace refer to a value as
        `${secret:<name>/<key>}`. The next run uses the new value; streams that use it start
        anew with it.
        """
        return cast("models.Secret", self._transport.call(_SECRETS_UPDATE, (name, ), {"workspace": workspace, "values": values, "replace": replace}, options))

    def delete(self, name: str, *, workspace: Optional[str] = None, key: Optional[Sequence[str]] = None, options: Optional[RequestOptions] = None) -> models.Deleted:
        """Delete a secret, or some of its keys. Runs of pipelines that refer to it fail from then
        on, with `reference_not_found`.
        """
        return cast("models.Deleted", self._transport.call(_SECRETS_DELETE, (name, ), {"workspace": workspace, "key": key}, options))

    def rotate(self, *, forget_old: Optional[bool] = None, options: Optional[RequestOptions] = None) -> models.Rotation:
        """Seal everything with a new key. Makes a new key, seals all secrets and the configuration
        of this server with it, and takes the old one out of the data folder. A key file that
        `--secret-key-file` names keeps the old keys until a call with `forget_old`, to be made
        when all servers have gone over. For tokens of all workspaces only.
        """
        return cast("models.Rotation", self._transport.call(_SECRETS_ROTATE, (), {"forget_old": forget_old}, options))


class Tokens:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, options: Optional[RequestOptions] = None) -> Paginator[models.Token]:
        """List tokens. Revoked and expired ones too; never their secrets."""
        return self._transport.list(_TOKENS_LIST, (), {}, options)

    def create(self, *, name: str, scopes: Sequence[Literal["read", "trigger", "ingest", "write", "admin"]], workspaces: Union[Union[Sequence[str], None], Unset] = UNSET, environment: Optional[str] = None, expires_at: Optional[str] = None, expires_in: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.IssuedToken:
        """Issue a token. `token` in the answer is the secret. It is shown this once and stored
        nowhere.
        """
        return cast("models.IssuedToken", self._transport.call(_TOKENS_CREATE, (), {"name": name, "scopes": scopes, "workspaces": workspaces, "environment": environment, "expires_at": expires_at, "expires_in": expires_in}, options))

    def get(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Token:
        """Get a token."""
        return cast("models.Token", self._transport.call(_TOKENS_GET, (id, ), {}, options))

    def delete(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Deleted:
        """Revoke a token. Once this is answered, no server on this store takes a request with it
        any more. Revoking again answers the same.
        """
        return cast("models.Deleted", self._transport.call(_TOKENS_DELETE, (id, ), {}, options))


class Audit:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, actor: Optional[str] = None, action: Optional[str] = None, resource: Optional[str] = None, workspace: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> Paginator[models.AuditRecord]:
        """List who changed what. Newest first: every request for a change by a known token, done
        or refused, but for the events that were sent; and what commands changed in the store
        itself. Never what was sent. A token for some workspaces sees what was done in those.
        """
        return self._transport.list(_AUDIT_LIST, (), {"actor": actor, "action": action, "resource": resource, "workspace": workspace, "from_": from_, "to": to}, options, limit=limit, page_size=page_size, cursor=cursor)


class Resources:
    """All resources of the API."""

    def __init__(self, transport: Transport) -> None:
        self.pipelines = Pipelines(transport)
        self.events = Events(transport)
        self.runs = Runs(transport)
        self.integrations = Integrations(transport)
        self.repositories = Repositories(transport)
        self.secrets = Secrets(transport)
        self.tokens = Tokens(transport)
        self.audit = Audit(transport)


class AsyncPipelines:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, status: Optional[Sequence[Literal["active", "paused", "draining", "error"]]] = None, workspace: Optional[str] = None, q: Optional[str] = None, enabled: Optional[bool] = None, domain: Optional[str] = None, domain_id: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Pipeline]:
        """List pipelines. In the order of workspace and name, without their `config`."""
        return self._transport.list(_PIPELINES_LIST, (), {"status": status, "workspace": workspace, "q": q, "enabled": enabled, "domain": domain, "domain_id": domain_id}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def create(self, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, name: Optional[str] = None, description: Union[Union[str, None], Unset] = UNSET, title: Union[Union[str, None], Unset] = UNSET, version: Union[Union[str, None], Unset] = UNSET, enabled: Union[Union[bool, None], Unset] = UNSET, transforms: Union[Union[Sequence[models.NewPipelineTransform], None], Unset] = UNSET, transform: Union[Union[Sequence[models.NewPipelineTransform], None], Unset] = UNSET, batch: Union[Union[models.NewPipelineBatch, None], Unset] = UNSET, delivery: Union[Union[models.NewPipelineDelivery, None], Unset] = UNSET, retry: Union[Union[models.NewPipelineRetry, None], Unset] = UNSET, limits: Union[Union[models.NewPipelineLimits, None], Unset] = UNSET, variables: Union[Union[Mapping[str, str], None], Unset] = UNSET, history: Union[Union[models.NewPipelineHistory, None], Unset] = UNSET, runner: Union[Union[models.NewPipelineRunner, None], Unset] = UNSET, schedule: Union[Union[str, models.NewPipelineSchedule, None], Unset] = UNSET, source: Union[Union[str, models.NewPipelineSource, None], Unset] = UNSET, sources: Union[Union[Sequence[Union[str, models.NewPipelineSource]], None], Unset] = UNSET, destination: Union[Union[str, models.NewPipelineDestination, None], Unset] = UNSET, destinations: Union[Union[Sequence[Union[str, models.NewPipelineDestination]], None], Unset] = UNSET, source_id: Union[Union[str, None], Unset] = UNSET, destination_id: Union[Union[str, None], Unset] = UNSET, time_zone: Union[Union[str, None], Unset] = UNSET, batch_size: Union[Union[int, None], Unset] = UNSET, domain_id: Union[Union[str, None], Unset] = UNSET, domain_name: Union[Union[str, None], Unset] = UNSET, labels: Union[Union[Mapping[str, str], None], Unset] = UNSET, config: Union[Union[models.NewPipelineConfig, None], Unset] = UNSET, id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, health: Optional[Any] = None, events_last_24h: Optional[Any] = None, events: Optional[Any] = None, last_run: Optional[Any] = None, last_run_status: Optional[Any] = None, last_run_at: Optional[Any] = None, next_run_at: Optional[Any] = None, revision: Optional[Any] = None, generation: Optional[Any] = None, sync: Optional[Any] = None, conditions: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Plan, models.Pipeline, models.PendingWrite]:
        """Create a pipeline. The body is the resource as Git holds it (JSON or YAML), or its flat
        form. It becomes a commit: 201 once that is synced, 202 with a branch or commit before.
        A name for people becomes the title, and the resource is called alike in small letters
        and hyphens. Literal secrets go into the secret store, and references to them into Git.
        """
        return cast("Union[models.Plan, models.Pipeline, models.PendingWrite]", await self._transport.call(_PIPELINES_CREATE, (), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "name": name, "description": description, "title": title, "version": version, "enabled": enabled, "transforms": transforms, "transform": transform, "batch": batch, "delivery": delivery, "retry": retry, "limits": limits, "variables": variables, "history": history, "runner": runner, "schedule": schedule, "source": source, "sources": sources, "destination": destination, "destinations": destinations, "source_id": source_id, "destination_id": destination_id, "time_zone": time_zone, "batch_size": batch_size, "domain_id": domain_id, "domain_name": domain_name, "labels": labels, "config": config, "id": id, "body_workspace": body_workspace, "status": status, "health": health, "events_last_24h": events_last_24h, "events": events, "last_run": last_run, "last_run_status": last_run_status, "last_run_at": last_run_at, "next_run_at": next_run_at, "revision": revision, "generation": generation, "sync": sync, "conditions": conditions, "created_at": created_at, "updated_at": updated_at, **more}, options))

    async def get(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Pipeline:
        """Get a pipeline. With its whole `config`. Secrets are shown as the references that Git
        holds. The `ETag` is for `If-Match` of an update.
        """
        return cast("models.Pipeline", await self._transport.call(_PIPELINES_GET, (id, ), {"workspace": workspace}, options))

    async def update(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, name: Optional[str] = None, description: Union[Union[str, None], Unset] = UNSET, title: Union[Union[str, None], Unset] = UNSET, version: Union[Union[str, None], Unset] = UNSET, enabled: Union[Union[bool, None], Unset] = UNSET, transforms: Union[Union[Sequence[models.ChangedPipelineTransform], None], Unset] = UNSET, transform: Union[Union[Sequence[models.ChangedPipelineTransform], None], Unset] = UNSET, batch: Union[Union[models.ChangedPipelineBatch, None], Unset] = UNSET, delivery: Union[Union[models.ChangedPipelineDelivery, None], Unset] = UNSET, retry: Union[Union[models.ChangedPipelineRetry, None], Unset] = UNSET, limits: Union[Union[models.ChangedPipelineLimits, None], Unset] = UNSET, variables: Union[Union[Mapping[str, str], None], Unset] = UNSET, history: Union[Union[models.ChangedPipelineHistory, None], Unset] = UNSET, runner: Union[Union[models.ChangedPipelineRunner, None], Unset] = UNSET, schedule: Union[Union[str, models.ChangedPipelineSchedule, None], Unset] = UNSET, source: Union[Union[str, models.ChangedPipelineSource, None], Unset] = UNSET, sources: Union[Union[Sequence[Union[str, models.ChangedPipelineSource]], None], Unset] = UNSET, destination: Union[Union[str, models.ChangedPipelineDestination, None], Unset] = UNSET, destinations: Union[Union[Sequence[Union[str, models.ChangedPipelineDestination]], None], Unset] = UNSET, source_id: Union[Union[str, None], Unset] = UNSET, destination_id: Union[Union[str, None], Unset] = UNSET, time_zone: Union[Union[str, None], Unset] = UNSET, batch_size: Union[Union[int, None], Unset] = UNSET, domain_id: Union[Union[str, None], Unset] = UNSET, domain_name: Union[Union[str, None], Unset] = UNSET, labels: Union[Union[Mapping[str, str], None], Unset] = UNSET, config: Union[Union[models.ChangedPipelineConfig, None], Unset] = UNSET, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, health: Optional[Any] = None, events_last_24h: Optional[Any] = None, events: Optional[Any] = None, last_run: Optional[Any] = None, last_run_status: Optional[Any] = None, last_run_at: Optional[Any] = None, next_run_at: Optional[Any] = None, revision: Optional[Any] = None, generation: Optional[Any] = None, sync: Optional[Any] = None, conditions: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Pipeline, models.Plan, models.PendingWrite]:
        """Update a pipeline. A resource (with `kind`) takes the place of the whole definition. In
        the flat form, each field that is given takes the place of what was there, null removes
        it, and the others stay; what only answers hold is ignored, so that an answer can be
        changed and sent back.
        """
        return cast("Union[models.Pipeline, models.Plan, models.PendingWrite]", await self._transport.call(_PIPELINES_UPDATE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "name": name, "description": description, "title": title, "version": version, "enabled": enabled, "transforms": transforms, "transform": transform, "batch": batch, "delivery": delivery, "retry": retry, "limits": limits, "variables": variables, "history": history, "runner": runner, "schedule": schedule, "source": source, "sources": sources, "destination": destination, "destinations": destinations, "source_id": source_id, "destination_id": destination_id, "time_zone": time_zone, "batch_size": batch_size, "domain_id": domain_id, "domain_name": domain_name, "labels": labels, "config": config, "body_id": body_id, "body_workspace": body_workspace, "status": status, "health": health, "events_last_24h": events_last_24h, "events": events, "last_run": last_run, "last_run_status": last_run_status, "last_run_at": last_run_at, "next_run_at": next_run_at, "revision": revision, "generation": generation, "sync": sync, "conditions": conditions, "created_at": created_at, "updated_at": updated_at, **more}, options))

    async def patch(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, name: Optional[str] = None, description: Union[Union[str, None], Unset] = UNSET, title: Union[Union[str, None], Unset] = UNSET, version: Union[Union[str, None], Unset] = UNSET, enabled: Union[Union[bool, None], Unset] = UNSET, transforms: Union[Union[Sequence[models.PatchedPipelineTransform], None], Unset] = UNSET, transform: Union[Union[Sequence[models.PatchedPipelineTransform], None], Unset] = UNSET, batch: Union[Union[Mapping[str, Any], None], Unset] = UNSET, delivery: Union[Union[Mapping[str, Any], None], Unset] = UNSET, retry: Union[Union[Mapping[str, Any], None], Unset] = UNSET, limits: Union[Union[Mapping[str, Any], None], Unset] = UNSET, variables: Union[Union[Mapping[str, Any], None], Unset] = UNSET, history: Union[Union[Mapping[str, Any], None], Unset] = UNSET, runner: Union[Union[Mapping[str, Any], None], Unset] = UNSET, schedule: Union[Union[str, Mapping[str, Any], None], Unset] = UNSET, source: Union[Union[str, models.PatchedPipelineSource, None], Unset] = UNSET, sources: Union[Union[Sequence[Union[str, models.PatchedPipelineSource2]], None], Unset] = UNSET, destination: Union[Union[str, models.PatchedPipelineDestination, None], Unset] = UNSET, destinations: Union[Union[Sequence[Union[str, models.PatchedPipelineDestination2]], None], Unset] = UNSET, source_id: Union[Union[str, None], Unset] = UNSET, destination_id: Union[Union[str, None], Unset] = UNSET, time_zone: Union[Union[str, None], Unset] = UNSET, batch_size: Union[Union[int, None], Unset] = UNSET, domain_id: Union[Union[str, None], Unset] = UNSET, domain_name: Union[Union[str, None], Unset] = UNSET, labels: Union[Union[Mapping[str, Any], None], Unset] = UNSET, config: Union[Union[models.PatchedPipelineConfig, None], Unset] = UNSET, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, health: Optional[Any] = None, events_last_24h: Optional[Any] = None, events: Optional[Any] = None, last_run: Optional[Any] = None, last_run_status: Optional[Any] = None, last_run_at: Optional[Any] = None, next_run_at: Optional[Any] = None, revision: Optional[Any] = None, generation: Optional[Any] = None, sync: Optional[Any] = None, conditions: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, api_version: Optional[Any] = None, kind: Optional[Any] = None, metadata: Optional[Any] = None, spec: Optional[Any] = None, options: Optional[RequestOptions] = None) -> Union[models.Pipeline, models.Plan, models.PendingWrite]:
        """Change parts of a pipeline. A JSON Merge Patch (RFC 7396, `application/merge-patch+json`
        or any JSON or YAML) over the flat form, or, with `metadata` or `spec`, over the
        resource: members of objects are merged, null removes one, arrays are replaced as a
        whole.
        """
        return cast("Union[models.Pipeline, models.Plan, models.PendingWrite]", await self._transport.call(_PIPELINES_PATCH, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "name": name, "description": description, "title": title, "version": version, "enabled": enabled, "transforms": transforms, "transform": transform, "batch": batch, "delivery": delivery, "retry": retry, "limits": limits, "variables": variables, "history": history, "runner": runner, "schedule": schedule, "source": source, "sources": sources, "destination": destination, "destinations": destinations, "source_id": source_id, "destination_id": destination_id, "time_zone": time_zone, "batch_size": batch_size, "domain_id": domain_id, "domain_name": domain_name, "labels": labels, "config": config, "body_id": body_id, "body_workspace": body_workspace, "status": status, "health": health, "events_last_24h": events_last_24h, "events": events, "last_run": last_run, "last_run_status": last_run_status, "last_run_at": last_run_at, "next_run_at": next_run_at, "revision": revision, "generation": generation, "sync": sync, "conditions": conditions, "created_at": created_at, "updated_at": updated_at, "api_version": api_version, "kind": kind, "metadata": metadata, "spec": spec}, options))

    async def delete(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.Deleted, models.Plan, models.PendingWrite]:
        """Delete a pipeline. With its runs and events. Events that were accepted are still
        delivered, for ten minutes at most; new ones are refused. There is no way back but the
        history of Git.
        """
        return cast("Union[models.Deleted, models.Plan, models.PendingWrite]", await self._transport.call(_PIPELINES_DELETE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match}, options))

    async def pause(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Pipeline:
        """Pause a pipeline. Nothing starts any more, and what runs is drained. Lasts until it is
        resumed, whatever is committed meanwhile. Pausing a paused pipeline changes nothing.
        """
        return cast("models.Pipeline", await self._transport.call(_PIPELINES_PAUSE, (id, ), {"workspace": workspace}, options))

    async def resume(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Pipeline:
        """Resume a pipeline. Ends a pause. A pipeline that Git declares with `enabled: false` is
        resumed in Git.
        """
        return cast("models.Pipeline", await self._transport.call(_PIPELINES_RESUME, (id, ), {"workspace": workspace}, options))

    async def duplicate(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, name: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.Plan, models.Pipeline, models.PendingWrite]:
        """Duplicate a pipeline. A new pipeline with the same definition. Without a name its title
        is that of the original with ` (Copy)`. Incremental state, runs and events are not
        copied.
        """
        return cast("Union[models.Plan, models.Pipeline, models.PendingWrite]", await self._transport.call(_PIPELINES_DUPLICATE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "name": name}, options))

    def replays(self, id: str, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Replay]:
        """List the replays of a pipeline. Newest first, 1,000 at most; ended ones for 30 days."""
        return self._transport.list(_PIPELINES_REPLAYS, (id, ), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def dead_letters(self, id: str, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Event]:
        """List the dead letters of a pipeline. Events that failed and that nobody retried,
        replayed or discarded, newest first, with their `error` and `attempt_count`.
        """
        return self._transport.list(_PIPELINES_DEAD_LETTERS, (id, ), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def discard_dead_letters(self, id: str, *, event_id: Optional[Sequence[str]] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Discarded:
        """Discard dead letters. All of the pipeline, or those that are named. They are no dead
        letters any more; the events stay in the log for as long as its history goes, and can
        still be retried or replayed by their ids.
        """
        return cast("models.Discarded", await self._transport.call(_PIPELINES_DISCARD_DEAD_LETTERS, (id, ), {"event_id": event_id, "workspace": workspace}, options))

    async def replay_dead_letters(self, id: str, *, workspace: Optional[str] = None, event_ids: Optional[Sequence[str]] = None, events_per_second: Optional[int] = None, options: Optional[RequestOptions] = None) -> models.Replay:
        """Replay dead letters. All of the pipeline, or those that are named. Those that get
        through are resolved.
        """
        return cast("models.Replay", await self._transport.call(_PIPELINES_REPLAY_DEAD_LETTERS, (id, ), {"workspace": workspace, "event_ids": event_ids, "events_per_second": events_per_second}, options))

    async def run(self, id: str, *, workspace: Optional[str] = None, full_refresh: Optional[bool] = None, dry_run: Optional[bool] = None, variables: Optional[Mapping[str, Union[str, float, bool]]] = None, options: Optional[RequestOptions] = None) -> models.Run:
        """Start a run from a program. Records the wish and answers at once; follow the run under
        `Location`. A paused pipeline and a stream start nothing: 409. `triggered_by` is `api`,
        or `manual` when the `headgate` command asks.
        """
        return cast("models.Run", await self._transport.call(_PIPELINES_RUN, (id, ), {"workspace": workspace, "full_refresh": full_refresh, "dry_run": dry_run, "variables": variables}, options))

    def runs(self, id: str, *, status: Optional[Sequence[Literal["pending", "running", "success", "failed", "cancelled"]]] = None, triggered_by: Optional[Literal["schedule", "manual", "api", "annotation", "event"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Run]:
        """List the runs of a pipeline. Newest first."""
        return self._transport.list(_PIPELINES_RUNS, (id, ), {"status": status, "triggered_by": triggered_by, "from_": from_, "to": to, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)


class AsyncEvents:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, pipeline_id: Optional[str] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Event]:
        """List or follow events. Newest first, of one pipeline or of all that the token may see. A
        page holds fewer than `limit` where payloads are large or few events match; `has_more`
        tells whether to go on. With `Accept: text/event-stream` events come as they arrive, as
        server-sent events `event`, which `Last-Event-ID` continues without leaving any out;
        with `status` `delivered`, `failed` or `cancelled` they come once they are settled, and
        `pipeline_id` is needed.
        """
        return self._transport.list(_EVENTS_LIST, (), {"pipeline_id": pipeline_id, "event_type": event_type, "status": status, "from_": from_, "to": to, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def stream(self, *, pipeline_id: Optional[str] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, options: Optional[StreamOptions] = None) -> AsyncIterator[ServerEvent]:
        """List or follow events. Newest first, of one pipeline or of all that the token may see. A
        page holds fewer than `limit` where payloads are large or few events match; `has_more`
        tells whether to go on. With `Accept: text/event-stream` events come as they arrive, as
        server-sent events `event`, which `Last-Event-ID` continues without leaving any out;
        with `status` `delivered`, `failed` or `cancelled` they come once they are settled, and
        `pipeline_id` is needed.
        """
        return self._transport.stream(_EVENTS_LIST, (), {"pipeline_id": pipeline_id, "event_type": event_type, "status": status, "from_": from_, "to": to, "workspace": workspace}, options)

    async def send(self, body: Union[models.EventRequest, Sequence[models.EventRequest]], *, pipeline_id: Optional[str] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.AcceptedEvent, models.AcceptedEvents]:
        """Send events. Answers when they are durable. The body is one event, an array of events,
        or one event a line (`application/x-ndjson`); CloudEvents 1.0 come structured, in
        batches, or with `ce-` header fields. At most 10,000 events and 16 MiB a request, also
        when it is compressed (`Content-Encoding: gzip`, `deflate`, `br` or `zstd`). Of several
        events each has its own result: 200 when all were accepted, 207 when some were; when
        none was and all for the same reason, the answer is that error. Events of one pipeline
        keep the order of the request. Over a limit of events a second, or while too much waits
        for delivery (`backlog_full`), nothing of a request is stored. A token that was revoked
        at another server on the same store is refused half a second later at the latest.
        """
        return cast("Union[models.AcceptedEvent, models.AcceptedEvents]", await self._transport.call(_EVENTS_SEND, (), {"pipeline_id": pipeline_id, "workspace": workspace}, options, body))

    def filter(self, *, pipeline_id: Optional[str] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, integration_id: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Event]:
        """List events by a filter in the body. As the list, and also by `integrationId`: the
        pipelines that read or write this connection. `page` counts from 1 and reaches the
        newest 10000 events; `cursor` goes on from there, and is the better way also before.
        """
        return self._transport.list(_EVENTS_FILTER, (), {"pipeline_id": pipeline_id, "event_type": event_type, "status": status, "from_": from_, "to": to, "workspace": workspace, "integration_id": integration_id}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def get(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Event:
        """Get an event. With the attempts at delivering it that were kept, and excerpts of what
        was sent and answered.
        """
        return cast("models.Event", await self._transport.call(_EVENTS_GET, (id, ), {}, options))

    async def retry(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Event:
        """Retry an event. Makes a new event with the same type, key and payload, linked to this
        one, and resolves this one where it is a dead letter. An event that is still to be
        delivered gives 409.
        """
        return cast("models.Event", await self._transport.call(_EVENTS_RETRY, (id, ), {}, options))

    async def cancel(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Event:
        """Cancel an event. An event that waits for delivery is left out of it. Cancelling again
        answers the same; one that is settled gives 409.
        """
        return cast("models.Event", await self._transport.call(_EVENTS_CANCEL, (id, ), {}, options))

    async def replay(self, *, pipeline_id: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None, event_id: Optional[str] = None, event_ids: Optional[Sequence[str]] = None, dead_letters: Optional[bool] = None, event_type: Optional[str] = None, status: Optional[Literal["accepted", "delivered", "failed", "cancelled"]] = None, events_per_second: Optional[int] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Replay:
        """Replay events into the destinations. Brings settled events to the destinations once
        more: a window (`pipeline_id`, `from`, `to`), events by id, or all dead letters of a
        pipeline. Between live events and no faster than `events_per_second`; destinations can
        tell a replay. Answers at once; follow it under `Location`. Dead letters that it
        delivers are resolved.
        """
        return cast("models.Replay", await self._transport.call(_EVENTS_REPLAY, (), {"pipeline_id": pipeline_id, "from_": from_, "to": to, "event_id": event_id, "event_ids": event_ids, "dead_letters": dead_letters, "event_type": event_type, "status": status, "events_per_second": events_per_second, "workspace": workspace}, options))

    async def get_replay(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Replay:
        """Get a replay."""
        return cast("models.Replay", await self._transport.call(_EVENTS_GET_REPLAY, (id, ), {}, options))

    async def cancel_replay(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Replay:
        """Cancel a replay. A pending one ends at once; a running one is asked to stop after the
        batch it is at: `status` says whether it has. Cancelling again answers the same; a
        replay that ended otherwise gives 409.
        """
        return cast("models.Replay", await self._transport.call(_EVENTS_CANCEL_REPLAY, (id, ), {}, options))


class AsyncRuns:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def timeline(self, *, from_: Optional[str] = None, to: Optional[str] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Timeline:
        """Runs on a time axis. The intervals that a Gantt chart shows: all runs that overlap the
        window, by pipeline.
        """
        return cast("models.Timeline", await self._transport.call(_RUNS_TIMELINE, (), {"from_": from_, "to": to, "workspace": workspace}, options))

    def list(self, *, status: Optional[Sequence[Literal["pending", "running", "success", "failed", "cancelled"]]] = None, triggered_by: Optional[Literal["schedule", "manual", "api", "annotation", "event"]] = None, from_: Optional[str] = None, to: Optional[str] = None, pipeline: Optional[str] = None, pipeline_id: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Run]:
        """List runs. Newest first."""
        return self._transport.list(_RUNS_LIST, (), {"status": status, "triggered_by": triggered_by, "from_": from_, "to": to, "pipeline": pipeline, "pipeline_id": pipeline_id, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def get(self, run_id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Run:
        """Get a run."""
        return cast("models.Run", await self._transport.call(_RUNS_GET, (run_id, ), {"workspace": workspace}, options))

    async def cancel(self, run_id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Run:
        """Cancel a run. A pending run ends at once. A running one is asked to stop, and the answer
        waits some seconds for it: `status` says whether it has. Cancelling again answers the
        same; a run that ended otherwise gives 409.
        """
        return cast("models.Run", await self._transport.call(_RUNS_CANCEL, (run_id, ), {"workspace": workspace}, options))

    async def logs(self, run_id: str, *, follow: Optional[bool] = None, after: Optional[int] = None, limit: Optional[int] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Logs:
        """Read or follow a run's log. JSON by default, as text with `Accept: text/plain`. With
        `follow=true` the lines come as they are written, until the run ends; with `Accept:
        text/event-stream` as server-sent events `log`, `run` and `end`, which `Last-Event-ID`
        continues.
        """
        return cast("models.Logs", await self._transport.call(_RUNS_LOGS, (run_id, ), {"follow": follow, "after": after, "limit": limit, "workspace": workspace}, options))

    def stream_logs(self, run_id: str, *, follow: Optional[bool] = None, after: Optional[int] = None, limit: Optional[int] = None, workspace: Optional[str] = None, options: Optional[StreamOptions] = None) -> AsyncIterator[ServerEvent]:
        """Read or follow a run's log. JSON by default, as text with `Accept: text/plain`. With
        `follow=true` the lines come as they are written, until the run ends; with `Accept:
        text/event-stream` as server-sent events `log`, `run` and `end`, which `Last-Event-ID`
        continues.
        """
        return self._transport.stream(_RUNS_LOGS, (run_id, ), {"follow": follow, "after": after, "limit": limit, "workspace": workspace}, options)

    async def download(self, run_id: str, *, format: Optional[Literal["parquet", "csv", "json"]] = None, workspace: Optional[str] = None, range: Optional[str] = None, if_range: Optional[str] = None, if_none_match: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncDownload:
        """Download a run's output. The Parquet file that the transforms made, with ranges and
        ETag; `format` converts it on the way, without either.
        """
        return await self._transport.download(_RUNS_DOWNLOAD, (run_id, ), {"format": format, "workspace": workspace, "range": range, "if_range": if_range, "if_none_match": if_none_match}, options)


class AsyncIntegrations:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def emit(self, id: str, body: Union[models.EventRequest, Sequence[models.EventRequest]], *, pipeline_id: Optional[str] = None, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.AcceptedEvents:
        """Send events of a custom integration. In the forms of `POST /events`, with the inbound
        key of the integration or a token. Each event goes to every stream pipeline that reads
        from it (or to the one that `pipeline_id` names), and has a result for each. A type that
        its synchronizations do not enable is refused with `event_refused`.
        """
        return cast("models.AcceptedEvents", await self._transport.call(_INTEGRATIONS_EMIT, (id, ), {"pipeline_id": pipeline_id, "workspace": workspace}, options, body))

    def available(self, *, q: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.ConnectorManifest]:
        """The catalogue of connectors. What integrations can be made of, with the schema of their
        settings. By name. `q` searches name, title and summary.
        """
        return self._transport.list(_INTEGRATIONS_AVAILABLE, (), {"q": q, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    def list(self, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Integration]:
        """List integrations. The connections that Git declares, in the order of workspace and
        name.
        """
        return self._transport.list(_INTEGRATIONS_LIST, (), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def create(self, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, service: Optional[str] = None, enabled: Optional[bool] = None, name: Optional[str] = None, title: Union[Union[str, None], Unset] = UNSET, settings: Optional[Mapping[str, Any]] = None, synchronizations: Optional[Sequence[models.NewIntegrationSynchronization]] = None, id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, conditions: Optional[Any] = None, revision: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Plan, models.Integration, models.PendingWrite]:
        """Create an integration. The body is these fields, or the Connection as JSON or YAML. The
        change becomes a commit (or a pull request, as the repository asks: 202); the answer
        comes once it is synced. A name that an integration has already is a 409.
        """
        return cast("Union[models.Plan, models.Integration, models.PendingWrite]", await self._transport.call(_INTEGRATIONS_CREATE, (), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "service": service, "enabled": enabled, "name": name, "title": title, "settings": settings, "synchronizations": synchronizations, "id": id, "body_workspace": body_workspace, "status": status, "conditions": conditions, "revision": revision, "created_at": created_at, "updated_at": updated_at, **more}, options))

    def search(self, *, q: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Integration]:
        """Search integrations. Those of the list with every word of `q` in their name, title or
        service, whatever its case; without `q` all. The catalogue is searched with `GET
        /integrations/available?q=`.
        """
        return self._transport.list(_INTEGRATIONS_SEARCH, (), {"q": q, "workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def get(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Integration:
        """Get an integration."""
        return cast("models.Integration", await self._transport.call(_INTEGRATIONS_GET, (id, ), {"workspace": workspace}, options))

    async def update(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, service: Optional[str] = None, enabled: Optional[bool] = None, name: Optional[str] = None, title: Union[Union[str, None], Unset] = UNSET, settings: Optional[Mapping[str, Any]] = None, synchronizations: Optional[Sequence[models.IntegrationChangeSynchronization]] = None, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, conditions: Optional[Any] = None, revision: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None, **more: Any) -> Union[models.Integration, models.Plan, models.PendingWrite]:
        """Update an integration. What is left out stays; members of `settings` are merged, and
        null removes one. With the Connection as JSON or YAML in the body, it is replaced as a
        whole. The change becomes a commit (or a pull request, as the repository asks: 202); the
        answer comes once it is synced.
        """
        return cast("Union[models.Integration, models.Plan, models.PendingWrite]", await self._transport.call(_INTEGRATIONS_UPDATE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "service": service, "enabled": enabled, "name": name, "title": title, "settings": settings, "synchronizations": synchronizations, "body_id": body_id, "body_workspace": body_workspace, "status": status, "conditions": conditions, "revision": revision, "created_at": created_at, "updated_at": updated_at, **more}, options))

    async def patch(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, service: Optional[str] = None, enabled: Optional[bool] = None, name: Optional[str] = None, title: Union[Union[str, None], Unset] = UNSET, settings: Optional[Mapping[str, Any]] = None, synchronizations: Optional[Sequence[models.IntegrationChangeSynchronization]] = None, body_id: Optional[Any] = None, body_workspace: Optional[Any] = None, status: Optional[Any] = None, conditions: Optional[Any] = None, revision: Optional[Any] = None, created_at: Optional[Any] = None, updated_at: Optional[Any] = None, options: Optional[RequestOptions] = None) -> Union[models.Integration, models.Plan, models.PendingWrite]:
        """Change parts of an integration. What is left out stays; members of `settings` are
        merged, and null removes one. The change becomes a commit (or a pull request, as the
        repository asks: 202); the answer comes once it is synced.
        """
        return cast("Union[models.Integration, models.Plan, models.PendingWrite]", await self._transport.call(_INTEGRATIONS_PATCH, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match, "service": service, "enabled": enabled, "name": name, "title": title, "settings": settings, "synchronizations": synchronizations, "body_id": body_id, "body_workspace": body_workspace, "status": status, "conditions": conditions, "revision": revision, "created_at": created_at, "updated_at": updated_at}, options))

    async def delete(self, id: str, *, workspace: Optional[str] = None, dry_run: Optional[bool] = None, repository: Optional[str] = None, if_match: Optional[str] = None, options: Optional[RequestOptions] = None) -> Union[models.Deleted, models.Plan, models.PendingWrite]:
        """Delete an integration. One that pipelines use stays: 409 names them. Its inbound key,
        and the secrets that were stored for it, go with it. The change becomes a commit (or a
        pull request, as the repository asks: 202); the answer comes once it is synced.
        """
        return cast("Union[models.Deleted, models.Plan, models.PendingWrite]", await self._transport.call(_INTEGRATIONS_DELETE, (id, ), {"workspace": workspace, "dry_run": dry_run, "repository": repository, "if_match": if_match}, options))

    async def check(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.IntegrationCheck:
        """Check an integration. Whether its service can be reached with these settings, asked in a
        runner, where secrets have their values; a disabled one, too. Settings with `${var:…}`
        have values in pipelines only, which is what the answer says then. That it cannot is an
        answer (`ok: false`). Takes 30 seconds at most; four at a time, then 503.
        """
        return cast("models.IntegrationCheck", await self._transport.call(_INTEGRATIONS_CHECK, (id, ), {"workspace": workspace}, options))

    async def sync(self, id: str, *, workspace: Optional[str] = None, pipelines: Optional[Sequence[str]] = None, full_refresh: Optional[bool] = None, variables: Optional[Mapping[str, Union[str, float, bool]]] = None, options: Optional[RequestOptions] = None) -> models.IntegrationSync:
        """Run the pipelines of an integration. Starts a run of each pipeline that reads from it;
        where none does, of each that writes to it. `pipelines` chooses among all of them.
        Stream pipelines run all the time and have no runs: they stand in `skipped`, as do
        paused ones and those with too many runs waiting. When nothing could be started, and not
        for streams alone, the answer is the reason; a disabled integration is a 409.
        `triggered_by` is `api`.
        """
        return cast("models.IntegrationSync", await self._transport.call(_INTEGRATIONS_SYNC, (id, ), {"workspace": workspace, "pipelines": pipelines, "full_refresh": full_refresh, "variables": variables}, options))

    async def regenerate_key(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.InboundKey:
        """Make a new inbound key. For custom integrations, whose events are sent here (services
        `events` and `webhook`): a token for `POST /integrations/{id}/events`, and for nothing
        else but events of this integration. It is shown this once. The key of before is dead,
        on every server, once this is answered.
        """
        return cast("models.InboundKey", await self._transport.call(_INTEGRATIONS_REGENERATE_KEY, (id, ), {"workspace": workspace}, options))


class AsyncRepositories:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Repository]:
        """List repositories."""
        return self._transport.list(_REPOSITORIES_LIST, (), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def get(self, id: str, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.Repository:
        """Get a repository."""
        return cast("models.Repository", await self._transport.call(_REPOSITORIES_GET, (id, ), {"workspace": workspace}, options))

    async def sync(self, id: str, *, workspace: Optional[str] = None, allow_prune: Optional[bool] = None, plan_hash: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.SyncRequest:
        """Sync a repository now. Records the wish and answers at once. `allow_prune` consents to a
        revision that deletes much, and needs the scope `write`. With `plan_hash` only the plan
        with this hash is applied.
        """
        return cast("models.SyncRequest", await self._transport.call(_REPOSITORIES_SYNC, (id, ), {"workspace": workspace, "allow_prune": allow_prune, "plan_hash": plan_hash}, options))

    def syncs(self, id: str, *, workspace: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Sync]:
        """List syncs. Newest first: revision, author, changes, and errors by file and line."""
        return self._transport.list(_REPOSITORIES_SYNCS, (id, ), {"workspace": workspace}, options, limit=limit, page_size=page_size, cursor=cursor)

    async def plan(self, *, workspace: Optional[str] = None, repository: Optional[str] = None, ref: Optional[str] = None, options: Optional[RequestOptions] = None, **more: Any) -> models.Plan:
        """What would change. From what is live to a commit of a repository, or to resources sent
        as YAML or JSON (several documents allowed). Changes nothing. Names fields, never
        values.
        """
        return cast("models.Plan", await self._transport.call(_REPOSITORIES_PLAN, (), {"workspace": workspace, "repository": repository, "ref": ref, **more}, options))


class AsyncSecrets:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, workspace: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Secret]:
        """List secrets. Names, keys and times. Values are shown to nobody."""
        return self._transport.list(_SECRETS_LIST, (), {"workspace": workspace}, options)

    async def update(self, name: str, *, values: Mapping[str, str], workspace: Optional[str] = None, replace: Optional[bool] = None, options: Optional[RequestOptions] = None) -> models.Secret:
        """Set keys of a secret. Pipelines of the workspace refer to a value as
        `${secret:<name>/<key>}`. The next run uses the new value; streams that use it start
        anew with it.
        """
        return cast("models.Secret", await self._transport.call(_SECRETS_UPDATE, (name, ), {"workspace": workspace, "values": values, "replace": replace}, options))

    async def delete(self, name: str, *, workspace: Optional[str] = None, key: Optional[Sequence[str]] = None, options: Optional[RequestOptions] = None) -> models.Deleted:
        """Delete a secret, or some of its keys. Runs of pipelines that refer to it fail from then
        on, with `reference_not_found`.
        """
        return cast("models.Deleted", await self._transport.call(_SECRETS_DELETE, (name, ), {"workspace": workspace, "key": key}, options))

    async def rotate(self, *, forget_old: Optional[bool] = None, options: Optional[RequestOptions] = None) -> models.Rotation:
        """Seal everything with a new key. Makes a new key, seals all secrets and the configuration
        of this server with it, and takes the old one out of the data folder. A key file that
        `--secret-key-file` names keeps the old keys until a call with `forget_old`, to be made
        when all servers have gone over. For tokens of all workspaces only.
        """
        return cast("models.Rotation", await self._transport.call(_SECRETS_ROTATE, (), {"forget_old": forget_old}, options))


class AsyncTokens:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.Token]:
        """List tokens. Revoked and expired ones too; never their secrets."""
        return self._transport.list(_TOKENS_LIST, (), {}, options)

    async def create(self, *, name: str, scopes: Sequence[Literal["read", "trigger", "ingest", "write", "admin"]], workspaces: Union[Union[Sequence[str], None], Unset] = UNSET, environment: Optional[str] = None, expires_at: Optional[str] = None, expires_in: Optional[str] = None, options: Optional[RequestOptions] = None) -> models.IssuedToken:
        """Issue a token. `token` in the answer is the secret. It is shown this once and stored
        nowhere.
        """
        return cast("models.IssuedToken", await self._transport.call(_TOKENS_CREATE, (), {"name": name, "scopes": scopes, "workspaces": workspaces, "environment": environment, "expires_at": expires_at, "expires_in": expires_in}, options))

    async def get(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Token:
        """Get a token."""
        return cast("models.Token", await self._transport.call(_TOKENS_GET, (id, ), {}, options))

    async def delete(self, id: str, *, options: Optional[RequestOptions] = None) -> models.Deleted:
        """Revoke a token. Once this is answered, no server on this store takes a request with it
        any more. Revoking again answers the same.
        """
        return cast("models.Deleted", await self._transport.call(_TOKENS_DELETE, (id, ), {}, options))


class AsyncAudit:
    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, actor: Optional[str] = None, action: Optional[str] = None, resource: Optional[str] = None, workspace: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None, limit: Optional[int] = None, page_size: Optional[int] = None, cursor: Optional[str] = None, options: Optional[RequestOptions] = None) -> AsyncPaginator[models.AuditRecord]:
        """List who changed what. Newest first: every request for a change by a known token, done
        or refused, but for the events that were sent; and what commands changed in the store
        itself. Never what was sent. A token for some workspaces sees what was done in those.
        """
        return self._transport.list(_AUDIT_LIST, (), {"actor": actor, "action": action, "resource": resource, "workspace": workspace, "from_": from_, "to": to}, options, limit=limit, page_size=page_size, cursor=cursor)


class AsyncResources:
    """All resources of the API."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.pipelines = AsyncPipelines(transport)
        self.events = AsyncEvents(transport)
        self.runs = AsyncRuns(transport)
        self.integrations = AsyncIntegrations(transport)
        self.repositories = AsyncRepositories(transport)
        self.secrets = AsyncSecrets(transport)
        self.tokens = AsyncTokens(transport)
        self.audit = AsyncAudit(transport)

