/** Cases about settings and `check`. */
import { expect } from 'vitest';
import type { Case } from '../suite.ts';
import { settingsErrors, settingsOf } from './engine.ts';

export const settingsCases: readonly Case[] = [
  {
    name: 'describes every setting',
    when: () => true,
    run: async ({ connector }) => {
      const schema = connector.settings as { additionalProperties?: unknown; properties?: Record<string, unknown> };
      expect(schema.additionalProperties).toBe(false);
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        expect((field as { description?: string }).description, name).toMatch(/\w/);
      }
      expect(connector.summary).toMatch(/\.$/);
    },
  },
  {
    name: 'examples validate',
    when: () => true,
    run: async ({ connector }) => {
      expect(connector.examples.length).toBeGreaterThan(0);
      for (const example of connector.examples) {
        expect(settingsErrors(connector, structuredClone(example.settings)), example.title).toEqual([]);
      }
    },
  },
  {
    name: 'refuses an unknown setting',
    when: () => true,
    run: async (subject, engine) =>
      engine.within(subject, async (place) => {
        expect(settingsErrors(subject.connector, structuredClone(place.settings))).toEqual([]);
        const errors = settingsErrors(subject.connector, { ...structuredClone(place.settings), no_such_setting: 1 });
        expect(errors.map((error) => error.keyword)).toContain('additionalProperties');
      }),
  },
  {
    name: 'check answers ok',
    when: () => true,
    run: async (subject, engine) =>
      engine.within(subject, async (place, folder) => {
        const ctx = await engine.context(folder);
        const result = await subject.connector.check(settingsOf(subject.connector, place.settings), ctx);
        expect(result).toMatchObject({ ok: true, message: expect.stringMatching(/\w/) as string });
        noSecrets(JSON.stringify(result), subject.secrets);
      }),
  },
  {
    name: 'check answers not ok, without secrets',
    when: () => true,
    run: async (subject, engine) => {
      const folder = await engine.folder();
      const settings = settingsOf(subject.connector, await subject.broken(folder));
      const result = await subject.connector.check(settings, await engine.context(folder));
      expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/\w/) as string });
      noSecrets(JSON.stringify(result), subject.secrets);
    },
  },
];

export function noSecrets(text: string, secrets: readonly string[] = []): void {
  for (const secret of secrets) expect(text).not.toContain(secret);
}
