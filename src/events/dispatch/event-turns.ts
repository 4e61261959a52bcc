/** The one answer to whose turn it is, as parts of statements. Both the look at what waits and the claim are made of it. */

/** Nobody has it in hand, and it does not wait for its next try. */
export const IS_FREE = 'd.due_at <= now() and (d.lease_until is null or d.lease_until < now())';

const ROW = 'd.seq, d.event_id, d.subject_key, d.due_at, d.lease_until, d.bytes';

/**
 * How far into each queue to look, so that a statement costs the same whatever waits: far into few queues, less far
 * into many.
 */
const DEPTH = `least(1000, greatest(20, 20000 / greatest(1, (select count(*) from subjects))))`;

/**
 * Needs `subjects (subject_key)`, each once, and `alone (seq)`: events about nothing. An event's turn has come when it
 * may be had (`isFree`, of the row `d`), every earlier one of its subject in the queue may be had with it, and none of its
 * subject is in hand: a later one can be, where an earlier number was committed late. The comparison of pairs makes the
 * index by subject the only way to this order; left to choose, the planner reads the whole queue for a subject that it
 * takes for a frequent one.
 */
export const turnsWhere = (isFree: string): string => `
  queues as (
    select q.* from subjects s cross join lateral (
      select ${ROW}, (${isFree}) as is_free from clankerbot.event_dispatch d
      where (d.subject_key, d.seq) >= (s.subject_key, 0) and d.subject_key <= s.subject_key
      order by d.subject_key, d.seq limit ${DEPTH}) q
    union all
    select ${ROW}, (${isFree}) from alone join clankerbot.event_dispatch d on d.seq = alone.seq
  ),
  turns as (
    select *, case when subject_key is null then is_free
      else bool_and(is_free) over (partition by subject_key order by seq)
        and not bool_or(coalesce(lease_until >= now(), false)) over (partition by subject_key) end as is_in_turn
    from queues
  )`;

/**
 * $1: from which position on, $2: how many to look at from there; $3 and $4: behind which subject and which event about
 * nothing the walk through all that waits goes on, $5: for how many of either; $6: how many may be found.
 * The walk goes from subject to subject, so that a long queue is one step of it.
 */
export const LOOK = `
  with recursive near as materialized (
    select seq, subject_key from clankerbot.event_dispatch where seq >= $1::bigint order by seq limit $2::int
  ),
  walk as (
    select (select min(d.subject_key) from clankerbot.event_dispatch d where d.subject_key > $3::text) as subject_key, 1 as n
    where $5::int > 0
    union all
    select (select min(d.subject_key) from clankerbot.event_dispatch d where d.subject_key > w.subject_key), w.n + 1
    from walk w where w.subject_key is not null and w.n < $5::int
  ),
  rest as (
    select seq from clankerbot.event_dispatch where subject_key is null and seq > $4::bigint order by seq limit $5::int
  ),
  subjects as (
    select subject_key from near where subject_key is not null
    union select subject_key from walk where subject_key is not null
  ),
  alone as (
    select seq from near where subject_key is null union select seq from rest
  ),
  ${turnsWhere(IS_FREE)},
  found as (
    select seq, event_id from turns where is_in_turn order by seq limit $6::int
  ),
  kinds as (
    select e.source, e.type, e.workspace_id, string_agg(found.seq::text, ',' order by found.seq) as seqs from found
      cross join lateral (
        select source, type, workspace_id from clankerbot.events where id = found.event_id limit 1) e
    group by e.source, e.type, e.workspace_id
  )
  select (select coalesce(json_agg(kinds), '[]') from kinds) as kinds,
    (select min(seq) from near) as first_seq, (select count(*)::int from near) as near_count,
    (select max(subject_key) from walk) as last_subject, (select count(subject_key)::int from walk) as walked,
    (select max(seq) from rest) as last_alone, (select count(*)::int from rest) as rested,
    (select extract(epoch from min(greatest(due_at, lease_until)) - now())::float * 1000 from turns
      where greatest(due_at, lease_until) > now()) as free_in_ms`;

/** What an older release has queued says no size. One that is kept in its row is small, others are taken for the largest. */
const BYTES = `coalesce(t.bytes, (select case when pg_column_size(e.payload) < 2000 then 32000 else 5242880 end
  from clankerbot.events e where e.id = t.event_id))`;

/** Takes those of $1 whose turn it is, oldest first, up to so many bytes; the first one whatever its size where `isFirstFree`. */
export const claimOf = (request: {
  seqs: string;
  token: string;
  leaseSeconds: number;
  bytes: number;
  isFirstFree: boolean;
}): string => `
  with candidates as materialized (
    select seq, subject_key from clankerbot.event_dispatch where seq in (${request.seqs})
  ),
  subjects as (select distinct subject_key from candidates where subject_key is not null),
  alone as (select seq from candidates where subject_key is null),
  ${turnsWhere(`${IS_FREE} and d.seq in (select seq from candidates)`)},
  sized as (
    select seq, sum(${BYTES}) over (order by seq) as bytes, row_number() over (order by seq) as place
    from turns t where is_in_turn
  )
  update clankerbot.event_dispatch d
  set lease_until = clock_timestamp() + interval '${Math.trunc(request.leaseSeconds)} seconds',
    claimed_by = '${request.token}', claims = d.claims + 1
  from sized where d.seq in (${request.seqs}) and d.seq = sized.seq and ${IS_FREE}
    and (sized.bytes <= ${Math.trunc(request.bytes)} or sized.place = 1 and ${request.isFirstFree})`;
