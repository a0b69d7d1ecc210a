/**
 * Runs of a load that several machines share. What must never happen is refused here and not only by our code: a result is
 * taken once, only while its run is open, only from the agent that holds the slice, and never changed.
 *
 * Locks are always taken in the order run, slice: a run is closed by an update of its row, which waits for results that are
 * just being written and refuses those that come after it.
 */
export const migration1 = `
CREATE TABLE pitwall.load_run (
  id uuid PRIMARY KEY,
  -- gathering: agents take slices; preparing: they know their workers and get them ready; running: from the start on.
  state text NOT NULL DEFAULT 'gathering' CHECK (state IN ('gathering', 'preparing', 'running', 'closed')),
  -- JSON. May hold tokens that the service wants: it is gone as soon as the run is over.
  plan text CHECK (octet_length(plan) <= 67108864),
  coordinator text NOT NULL CHECK (char_length(coordinator) BETWEEN 1 AND 200),
  -- Workers of all slices together; known when all agents are there.
  workers int CHECK (workers BETWEEN 1 AND 100000),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Last sign of life of the coordinator.
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  start_at timestamptz,
  -- Set when the load is to end early: why.
  stop_because text CHECK (char_length(stop_because) <= 500),
  closed_at timestamptz,
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CHECK ((plan IS NULL) = (state = 'closed')),
  CHECK (state NOT IN ('preparing', 'running') OR workers IS NOT NULL),
  CHECK (state <> 'running' OR start_at IS NOT NULL)
);

CREATE TABLE pitwall.load_slice (
  run uuid NOT NULL REFERENCES pitwall.load_run ON DELETE CASCADE,
  slice int NOT NULL CHECK (slice >= 0),
  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'claimed', 'ready', 'done', 'refused', 'failed', 'lost')),
  -- How often it was handed out: an agent that was lost before the start is replaced.
  attempt int NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  agent uuid,
  agent_name text CHECK (char_length(agent_name) BETWEEN 1 AND 100),
  agent_host text CHECK (char_length(agent_host) BETWEEN 1 AND 255),
  -- Workers that the agent gives, at most.
  capacity int CHECK (capacity BETWEEN 1 AND 1000),
  first_worker int CHECK (first_worker >= 0),
  workers int CHECK (workers >= 1 AND workers <= capacity),
  -- Clock of the store minus clock of the agent, and how wrong that may be. Seconds.
  clock_offset float8,
  clock_uncertainty float8 CHECK (clock_uncertainty >= 0),
  seen_at timestamptz,
  because text CHECK (char_length(because) <= 500),
  PRIMARY KEY (run, slice),
  UNIQUE (run, slice, agent),
  -- An agent holds one slice of a run.
  UNIQUE (run, agent),
  UNIQUE (run, first_worker),
  CHECK ((agent IS NULL) = (state = 'waiting')),
  CHECK (agent IS NULL OR (agent_name IS NOT NULL AND agent_host IS NOT NULL AND capacity IS NOT NULL AND seen_at IS NOT NULL)),
  CHECK ((first_worker IS NULL) = (workers IS NULL)),
  CHECK (state NOT IN ('ready', 'done') OR (workers IS NOT NULL AND clock_offset IS NOT NULL AND clock_uncertainty IS NOT NULL))
);

CREATE TABLE pitwall.load_tick (
  run uuid NOT NULL,
  slice int NOT NULL,
  second int NOT NULL CHECK (second >= 0),
  agent uuid NOT NULL,
  tick text NOT NULL CHECK (octet_length(tick) <= 4194304),
  PRIMARY KEY (run, slice, second),
  FOREIGN KEY (run, slice, agent) REFERENCES pitwall.load_slice (run, slice, agent) ON DELETE CASCADE
);

CREATE TABLE pitwall.load_result (
  run uuid NOT NULL,
  slice int NOT NULL,
  agent uuid NOT NULL,
  result text NOT NULL CHECK (octet_length(result) <= 268435456),
  arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run, slice),
  FOREIGN KEY (run, slice, agent) REFERENCES pitwall.load_slice (run, slice, agent) ON DELETE CASCADE
);

CREATE FUNCTION pitwall.load_held(the_run uuid, the_slice int, the_agent uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  run_state text;
  slice_state text;
  holder uuid;
BEGIN
  SELECT state INTO run_state FROM pitwall.load_run WHERE id = the_run FOR SHARE;
  IF run_state IS DISTINCT FROM 'running' THEN
    RAISE EXCEPTION 'the run is over' USING ERRCODE = 'PWREF';
  END IF;
  SELECT state, agent INTO slice_state, holder FROM pitwall.load_slice
    WHERE run = the_run AND slice = the_slice FOR UPDATE;
  IF holder IS DISTINCT FROM the_agent THEN
    RAISE EXCEPTION 'another agent holds this share' USING ERRCODE = 'PWREF';
  END IF;
  IF slice_state = 'lost' THEN
    RAISE EXCEPTION 'there was no sign of life for too long, and the share was given up' USING ERRCODE = 'PWREF';
  END IF;
  IF slice_state IS DISTINCT FROM 'ready' THEN
    RAISE EXCEPTION 'the share is over already' USING ERRCODE = 'PWREF';
  END IF;
END $$;

CREATE FUNCTION pitwall.load_accept_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pitwall.load_held(NEW.run, NEW.slice, NEW.agent);
  UPDATE pitwall.load_slice SET state = 'done', seen_at = clock_timestamp() WHERE run = NEW.run AND slice = NEW.slice;
  RETURN NEW;
END $$;
CREATE TRIGGER accept BEFORE INSERT ON pitwall.load_result
  FOR EACH ROW EXECUTE FUNCTION pitwall.load_accept_result();

CREATE FUNCTION pitwall.load_accept_tick() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pitwall.load_held(NEW.run, NEW.slice, NEW.agent);
  RETURN NEW;
END $$;
CREATE TRIGGER accept BEFORE INSERT ON pitwall.load_tick
  FOR EACH ROW EXECUTE FUNCTION pitwall.load_accept_tick();

CREATE FUNCTION pitwall.load_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was measured is never changed' USING ERRCODE = 'PWREF';
END $$;
CREATE TRIGGER unchanged BEFORE UPDATE ON pitwall.load_result
  FOR EACH ROW EXECUTE FUNCTION pitwall.load_unchanged();
CREATE TRIGGER unchanged BEFORE UPDATE ON pitwall.load_tick
  FOR EACH ROW EXECUTE FUNCTION pitwall.load_unchanged();

-- A closed run stays closed, and nobody else can be given a slice that has a result (foreign key of load_result).
CREATE FUNCTION pitwall.load_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'closed' THEN
    RAISE EXCEPTION 'the run is over' USING ERRCODE = 'PWREF';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stays_closed BEFORE UPDATE ON pitwall.load_run
  FOR EACH ROW EXECUTE FUNCTION pitwall.load_stays_closed();
`;
