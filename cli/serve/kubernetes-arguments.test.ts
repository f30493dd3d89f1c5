import { Command } from 'commander';
import { expect, test } from 'vitest';
import { kubernetesOf, withKubernetes, type KubernetesArguments } from './kubernetes-arguments.ts';

const IMAGE = ['--platform', 'kubernetes', '--runner-image', 'headgate:1'];

function parsed(...args: readonly string[]): KubernetesArguments {
  const command = withKubernetes(new Command()).exitOverride().configureOutput({ writeErr: said });
  return command.parse([...IMAGE, ...args], { from: 'user' }).opts();
}

function said(text: string): never {
  throw new Error(text);
}

test('a bucket for outputs, with the Secret that Pods have its credentials from', () => {
  const args = parsed('--outputs-s3', 's3://data/x?region=r1', '--outputs-s3-secret', 'bucket');
  expect(kubernetesOf(args, '/').kubernetes).toMatchObject({
    outputsS3: { bucket: 'data', prefix: 'x', region: 'r1' },
    pods: { outputsS3: { url: 's3://data/x?region=r1&pathStyle=false', secret: 'bucket' } },
  });
});

test.each(['s3://data?endpoint=https://me:s3cret@here', 's3://me:s3cret@data?region=r1'])(
  'a password in the place of outputs is refused, and not repeated: %s',
  (url) => {
    const parse = (): KubernetesArguments => parsed('--outputs-s3', url);
    expect(parse).toThrow('credentials');
    expect(parse).not.toThrow('s3cret');
  },
);

test('credentials of no bucket are refused', () => {
  expect(() => kubernetesOf(parsed('--outputs-s3-secret', 'bucket'), '/')).toThrow('of which bucket');
});
