-- What the fleet keeps. Days are UTC, 'YYYY-MM-DD'; times are milliseconds since 1970, UTC. The numbers aid, hid, pid and
-- rid depend on the order of import: join by them, never show them and never sort an answer by them.

-- key_check: tells the right key from another · facts_from, findings_from, rollups_from: nothing older is kept or taken in.
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Who works from home, by keyed pseudonym. Site, team and provider come from the roster, '' where it does not say.
CREATE TABLE agent(
  aid INTEGER PRIMARY KEY,
  pseudonym TEXT NOT NULL UNIQUE,
  site TEXT NOT NULL DEFAULT '',
  team TEXT NOT NULL DEFAULT '',
  isp TEXT NOT NULL DEFAULT '',
  rostered INTEGER NOT NULL DEFAULT 0  -- 1: in the newest roster
);

-- Workstations, by keyed pseudonym; where reports name no agent, the same pseudonym is also an agent's.
CREATE TABLE host(hid INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE);

-- What reports were judged by: sha256 is that of profiles and rules together, so that a report that lies about its
-- profile makes a policy of its own and changes no other.
CREATE TABLE policy(
  pid INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  profiles TEXT NOT NULL,  -- JSON: [{"id", "version", "digest"}, …]
  text TEXT                -- the profile itself, where the store was audited again by it
);
CREATE TABLE policy_rule(
  pid INTEGER NOT NULL,
  rule TEXT NOT NULL,
  title TEXT NOT NULL,
  level TEXT NOT NULL,  -- must, should
  unit TEXT NOT NULL,
  PRIMARY KEY(pid, rule)
) WITHOUT ROWID;

-- Every report that came in. Two of one id and different content are both kept: see the view duplicate.
CREATE TABLE report(
  rid INTEGER PRIMARY KEY,
  id BLOB NOT NULL,      -- the UUIDv7 that the check gave it, 16 bytes
  digest BLOB NOT NULL,  -- the first 16 bytes of the SHA-256 of the file
  aid INTEGER NOT NULL,
  hid INTEGER,           -- NULL: the workstation has no identity of its own
  day TEXT NOT NULL,
  created INTEGER NOT NULL,
  head INTEGER NOT NULL,  -- 1: the newest of its agent's on that day, the one that counts
  pid INTEGER NOT NULL,
  tool_version TEXT NOT NULL,
  system TEXT NOT NULL,  -- linux, macos, windows
  verdict TEXT NOT NULL,  -- ready, not_ready, undetermined
  n_fail INTEGER NOT NULL,
  n_warn INTEGER NOT NULL,
  n_unknown INTEGER NOT NULL,
  recording INTEGER,     -- 1 the recording client works, 0 it does not, NULL not told
  UNIQUE(id, digest)
);
CREATE INDEX report_day ON report(day, head, verdict, aid);
CREATE INDEX report_agent ON report(aid, day, created, verdict);

-- The facts of a report: compact JSON {"fact": {"value", "detail", …}, …} in zstd, by a dictionary or (NULL) without.
CREATE TABLE facts(rid INTEGER PRIMARY KEY, did INTEGER, body BLOB NOT NULL);
CREATE TABLE dictionary(did INTEGER PRIMARY KEY, body BLOB NOT NULL);

-- What was not passed: fail, warn, unknown, waived. A rule of the policy that is not here was passed or did not apply.
CREATE TABLE finding(
  rid INTEGER NOT NULL,
  rule TEXT NOT NULL,
  status TEXT NOT NULL,
  level TEXT NOT NULL,
  actual,                -- the measured value, NULL when unknown; true and false are 1 and 0
  note TEXT,             -- why it is unknown or waived
  PRIMARY KEY(rid, rule)
) WITHOUT ROWID;

-- The newest report of every agent.
CREATE TABLE latest(
  aid INTEGER PRIMARY KEY,
  rid INTEGER NOT NULL,
  day TEXT NOT NULL,
  created INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  n_fail INTEGER NOT NULL,
  n_warn INTEGER NOT NULL,
  n_unknown INTEGER NOT NULL,
  recording INTEGER
);
CREATE INDEX latest_not_ready ON latest(n_fail, n_unknown) WHERE verdict <> 'ready';

-- The findings of the newest report, with the first day of the unbroken run of days in which each came out the same.
-- Days whose policy has no such rule neither break nor begin a run.
CREATE TABLE since(
  aid INTEGER NOT NULL,
  rule TEXT NOT NULL,
  status TEXT NOT NULL,
  level TEXT NOT NULL,
  since TEXT NOT NULL,
  PRIMARY KEY(aid, rule)
) WITHOUT ROWID;
CREATE INDEX since_rule ON since(rule, status, aid);

-- Counts by day over the reports with head = 1: an agent counts once a day.
CREATE TABLE rollup_day(
  day TEXT NOT NULL,
  site TEXT NOT NULL,
  team TEXT NOT NULL,
  ready INTEGER NOT NULL,
  not_ready INTEGER NOT NULL,
  undetermined INTEGER NOT NULL,
  PRIMARY KEY(day, site, team)
) WITHOUT ROWID;
CREATE TABLE rollup(
  day TEXT NOT NULL,
  site TEXT NOT NULL,
  team TEXT NOT NULL,
  rule TEXT NOT NULL,
  status TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY(day, site, team, rule, status)
) WITHOUT ROWID;

-- The newest measured upload and number of monitors of every agent, each with its day and time.
CREATE TABLE uplink(
  aid INTEGER PRIMARY KEY,
  upload_mbps REAL,
  upload_day TEXT,
  upload_created INTEGER,
  monitors INTEGER,
  monitors_day TEXT,
  monitors_created INTEGER
);

-- The workstations that reported as each agent; more than one is shown as a conflict.
CREATE TABLE agent_host(
  aid INTEGER NOT NULL,
  hid INTEGER NOT NULL,
  first INTEGER NOT NULL,  -- time of the first report and of the last
  last INTEGER NOT NULL,
  reports INTEGER NOT NULL,
  PRIMARY KEY(aid, hid)
) WITHOUT ROWID;

-- What `fleet alerts` has said and what still is so: said once, and again only after it had ended.
CREATE TABLE alert(aid INTEGER NOT NULL, kind TEXT NOT NULL, told INTEGER NOT NULL, PRIMARY KEY(aid, kind)) WITHOUT ROWID;

-- Reports from before an erasure are not taken in again. The mark is keyed and is no pseudonym.
CREATE TABLE erased(mark BLOB PRIMARY KEY, before INTEGER NOT NULL) WITHOUT ROWID;

-- Who did what that touches a person; subject is a pseudonym, NULL when erased or when it is about all.
CREATE TABLE audit_log(lid INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, subject TEXT);

CREATE VIEW head AS SELECT * FROM report WHERE head = 1;
CREATE VIEW conflict AS
  SELECT aid, hid, first, last, reports FROM agent_host
  WHERE aid IN (SELECT aid FROM agent_host GROUP BY aid HAVING count(*) > 1);
CREATE VIEW duplicate AS SELECT id, count(*) AS contents FROM report GROUP BY id HAVING count(*) > 1;
