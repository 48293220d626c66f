/* The directory MSI protocol of popcorn_lib/variants/msi.py once more, for SPIN.
 *
 * The idea.  Written from the protocol's description and not from its code, so that equal numbers
 * of states say something.  Every event is one d_step; process `me` is kernel `me`, and what home
 * does with the messages of that kernel.
 *
 * spin -a -DN=3 msi.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m100000
 * One of -DKEPT_PAGE, -DEARLY_GRANT and -DONE_QUEUE plants a bug.
 */

#ifndef N
#define N 3
#endif

#define me _pid
#define NOBODY N
#define HAS(set, one) ((set >> (one)) & 1)
#define WITHOUT(set, one) (set & ~(1 << (one)))

mtype = { I, S, M, IS, IM, SM };                  /* states of a kernel */
mtype = { GetS, GetM, Ack, Data };                /* to home */
mtype = { DataS, DataM, Fetch, Inv };             /* to a kernel */

mtype state[N] = I;
chan requests[N] = [2] of { mtype };
chan orders[N] = [4] of { mtype };
#ifdef ONE_QUEUE
#define REPLIES requests
#else
chan replies[N] = [2] of { mtype };
#define REPLIES replies
#endif

byte owner = NOBODY;                              /* home is idle: who may write ... */
byte sharers = 0;                                 /* ... or read, a bit each */
bool busy = false;                                /* or it is busy with a request */
byte asker = 0;
mtype asked = 0;
byte unanswered = 0;

/* What is needed only within a step, and 0 after it. */
byte one;
byte writers;
byte readers;

inline ask(waits, what)
{
  state[me] = waits;
  requests[me]!what
}

inline begin(what, holders)
{
  busy = true;
  asker = me;
  asked = what;
  unanswered = holders;
  owner = NOBODY;
  sharers = 0
}

inline invalidate()
{
  for (one : 0 .. N - 1) {
    if
    :: HAS(unanswered, one) -> orders[one]!Inv
    :: else
    fi
  }
  one = 0
}

inline grant_write(whom)
{
  owner = whom;
  sharers = 0;
  orders[whom]!DataM
}

inline idle()
{
  busy = false;
  asker = 0;
  asked = 0;
  unanswered = 0
}

inline take_answer()
{
  unanswered = WITHOUT(unanswered, me);
#ifdef EARLY_GRANT
  unanswered = 0;
#endif
  if
  :: unanswered == 0 && asked == GetS ->
     sharers = (1 << asker) | (1 << me);
     orders[asker]!DataS;
     idle()
  :: unanswered == 0 && asked == GetM ->
     grant_write(asker);
     idle()
  :: else
  fi
}

inline single_writer()
{
  for (one : 0 .. N - 1) {
    if
    :: state[one] == M -> writers++
    :: state[one] == S || state[one] == SM -> readers++
    :: else
    fi
  }
  assert(writers == 0 || writers + readers == 1);
  one = 0;
  writers = 0;
  readers = 0
}

active [N] proctype kernel()
{
  do
  /* of its own accord */
  :: d_step { state[me] == I -> ask(IS, GetS) }
  :: d_step { state[me] == I -> ask(IM, GetM) }
  :: d_step { state[me] == S -> ask(SM, GetM) }
  :: d_step { state[me] == S -> state[me] = I }

  /* an order has come */
  :: d_step { orders[me]?[DataS] -> orders[me]?DataS; state[me] = S; single_writer() }
  :: d_step { orders[me]?[DataM] -> orders[me]?DataM; state[me] = M; single_writer() }
  :: d_step { orders[me]?[Fetch] -> orders[me]?Fetch; state[me] = S; REPLIES[me]!Data; single_writer() }
  :: d_step { orders[me]?[Inv] -> orders[me]?Inv;
       if
       :: state[me] == M -> state[me] = I; REPLIES[me]!Data
#ifdef KEPT_PAGE
       :: state[me] == S -> REPLIES[me]!Ack
#else
       :: state[me] == S -> state[me] = I; REPLIES[me]!Ack
#endif
       :: state[me] == SM -> state[me] = IM; REPLIES[me]!Ack
       :: else -> REPLIES[me]!Ack
       fi
     }

  /* home takes a request of this kernel */
  :: d_step { !busy && requests[me]?[GetS] -> requests[me]?GetS;
       if
       :: owner == NOBODY -> sharers = sharers | (1 << me); orders[me]!DataS
       :: else -> orders[owner]!Fetch; begin(GetS, 1 << owner)
       fi
     }
  :: d_step { !busy && requests[me]?[GetM] -> requests[me]?GetM;
       if
       :: owner != NOBODY -> begin(GetM, 1 << owner); invalidate()
       :: owner == NOBODY && WITHOUT(sharers, me) -> begin(GetM, WITHOUT(sharers, me)); invalidate()
       :: else -> grant_write(me)
       fi
     }

  /* home takes an answer of this kernel */
  :: d_step { REPLIES[me]?[Ack] && (busy && HAS(unanswered, me)) -> REPLIES[me]?Ack; take_answer() }
  :: d_step { REPLIES[me]?[Data] && (busy && HAS(unanswered, me)) -> REPLIES[me]?Data; take_answer() }
#ifdef EARLY_GRANT
  /* too late: it does not count any more */
  :: d_step { REPLIES[me]?[Ack] && !(busy && HAS(unanswered, me)) -> REPLIES[me]?Ack }
  :: d_step { REPLIES[me]?[Data] && !(busy && HAS(unanswered, me)) -> REPLIES[me]?Data }
#endif
  od
}
