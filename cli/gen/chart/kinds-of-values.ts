/** The forms that values of the chart have: strict schemas, each with a description and its default. */
import { Type, type TSchema, type TSchemaOptions } from 'typebox';

/** What a person may write, in a section of values.yaml. */
export const section = (description: string, properties: Record<string, TSchema>): TSchema =>
  Type.Object(properties, { description, additionalProperties: false });

export const text = (description: string, fallback: string, more: TSchemaOptions = {}): TSchema =>
  Type.String({ description, default: fallback, ...more });

export const flag = (description: string, fallback: boolean): TSchema =>
  Type.Boolean({ description, default: fallback });

export const count = (description: string, fallback: number, minimum: number, maximum: number): TSchema =>
  Type.Integer({ description, default: fallback, minimum, maximum });

export const choice = (description: string, values: readonly [string, ...string[]]): TSchema =>
  Type.Enum([...values], { description, default: values[0] });

/** A name of an object of the cluster, or nothing. */
export const objectName = (description: string): TSchema =>
  text(description, '', { pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$', maxLength: 253 });

export const names = (description: string): TSchema =>
  Type.Array(Type.String({ pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$', maxLength: 253 }), {
    description,
    default: [],
    uniqueItems: true,
  });

/** Labels, annotations, selectors. */
export const strings = (description: string): TSchema =>
  Type.Record(Type.String(), Type.String(), { description, default: {} });

/** Part of an object of Kubernetes, which its API checks. */
export const kubernetes = (description: string): TSchema =>
  Type.Object({}, { description, default: {}, additionalProperties: true });

/** The same, as a list. */
export const kubernetesList = (description: string, fallback: readonly object[] = []): TSchema =>
  Type.Array(Type.Object({}, { additionalProperties: true }), { description, default: fallback });

const QUANTITY = { type: ['string', 'number'], pattern: '^[0-9]+(\\.[0-9]+)?(m|[kMGTP]i?)?$' };

export const quantity = (description: string, fallback: string): TSchema =>
  Type.Unsafe({ ...QUANTITY, description, default: fallback });

/** Requests and limits of a container. */
export const resources = (
  description: string,
  fallback: { requests: Record<string, string>; limits: Record<string, string> },
): TSchema => {
  const amounts = Type.Record(Type.String(), Type.Unsafe(QUANTITY));
  return Type.Object(
    { requests: Type.Optional(amounts), limits: Type.Optional(amounts) },
    { description, default: fallback, additionalProperties: false },
  );
};
