/** What `headgate init` writes: a repository with pipelines that run as they are. */

/** Where the schema for editors lies in the new repository; hidden, so that it is no declaration. */
const SCHEMA_FILE = '.schemas/headgate.schema.json';

const HEADER = `# yaml-language-server: $schema=../${SCHEMA_FILE}\n`;

const ORDERS = `${HEADER}# Paid orders with their total, as Parquet. Runs when asked: headgate run orders
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders
spec:
  description: Paid orders with their total, as Parquet
  source:
    connector: file
    settings:
      path: data/orders.csv
  transforms:
    - filter: status == "paid"
    - set:
        total: double(quantity) * unit_price
    - cast:
        total: decimal(12,2)
    - mask:
        email: sha256
  destination:
    connection: lake
    stream: orders.parquet
`;

const REVENUE = `${HEADER}# Revenue by country, every five minutes, with SQL.
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: revenue-by-country
spec:
  description: Revenue by country, as CSV
  schedule: "*/5 * * * *"
  source:
    connector: file
    settings:
      path: data/orders.csv
  transforms:
    - sql: |
        SELECT country, count(*) AS orders, round(sum(quantity * unit_price), 2) AS revenue
        FROM input
        WHERE status = 'paid'
        GROUP BY country
        ORDER BY revenue DESC
  destination:
    connection: lake
    stream: revenue-by-country.csv
`;

const LAKE = `${HEADER}# Where the pipelines of this repository write: a folder below the data folder of the server.
apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata:
  name: lake
spec:
  connector: file
  settings:
    path: lake/
`;

const COUNTRIES = ['DE', 'FR', 'US', 'JP'];
const STATUSES = ['paid', 'paid', 'open', 'paid', 'cancelled'];

/** Two hundred orders, the same every time. */
function ordersCsv(): string {
  const rows = Array.from({ length: 200 }, (_, index) => {
    const day = String((index % 28) + 1).padStart(2, '0');
    const price = (5 + ((index * 37) % 9500) / 100).toFixed(2);
    return [
      1000 + index,
      `2026-05-${day}`,
      `customer${(index * 7) % 60}@example.com`,
      COUNTRIES[(index * 3) % COUNTRIES.length],
      STATUSES[index % STATUSES.length],
      (index % 4) + 1,
      price,
    ].join(',');
  });
  return ['id,ordered_on,email,country,status,quantity,unit_price', ...rows, ''].join('\n');
}

const readme = (name: string): string => `# ${name}

Data pipelines that Headgate runs from this repository.

\`\`\`sh
headgate validate            # check the files
headgate serve --repo .      # run them: syncs this repository, and serves the API
\`\`\`

In another terminal, in this folder:

\`\`\`sh
headgate get pipelines
headgate run orders --follow # data/orders.csv → .headgate/files/lake/orders.parquet
headgate describe pipeline orders
\`\`\`

Change a file below \`pipelines/\`, commit it, and the server follows within a second. \`headgate plan --from HEAD~1 --to HEAD\`
shows what a commit changes.
`;

/** Path in the repository → content. `schema` is the JSON Schema of resources, for editors. */
export function initFiles(name: string, schema: string): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', readme(name)],
    ['.gitignore', '.headgate/\n'],
    ['data/orders.csv', ordersCsv()],
    ['pipelines/lake.yaml', LAKE],
    ['pipelines/orders.yaml', ORDERS],
    ['pipelines/revenue-by-country.yaml', REVENUE],
    [SCHEMA_FILE, schema],
  ]);
}
