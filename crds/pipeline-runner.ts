import { Type } from 'typebox';
import { MapOf, Strict } from './common.ts';
import { PIPELINE_DEFAULTS } from './pipeline-defaults.ts';

/** The process or Pod of a pipeline. */
export const RunnerSpec = Strict(
  {
    resources: Type.Optional(
      Strict(
        {
          requests: Type.Optional(
            MapOf(Type.String({ maxLength: 32 }), {
              description: 'Kubernetes: what is reserved.',
              examples: [{ cpu: '500m' }],
            }),
          ),
          limits: Type.Optional(
            MapOf(Type.String({ maxLength: 32 }), {
              description: '`memory` bounds the engine everywhere; the rest is for Kubernetes.',
              examples: [{ memory: '1Gi' }],
            }),
          ),
        },
        { description: 'In the form of a container in Kubernetes.' },
      ),
    ),
    podTemplate: Type.Optional(
      MapOf(Type.Unknown(), {
        description: "Kubernetes: merged over the runner's Pod template.",
        'x-kubernetes-preserve-unknown-fields': true,
      }),
    ),
    replicas: Type.Optional(
      Type.Integer({
        description: 'Streams on Kubernetes: how many runners.',
        default: PIPELINE_DEFAULTS.replicas,
        minimum: 1,
        maximum: 1000,
      }),
    ),
  },
  { description: 'The process or Pod that moves the data.' },
);
