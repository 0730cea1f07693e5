#include "wire/member.h"

enum { HELLO_INTERVAL = 200000, SILENCE = 1500000 };

void
member_init(Member *member, Transport *transport, const NodeInfo *info)
{
    *member = (Member){.transport = transport, .info = *info, .interval = 100000};
    member->info.protocol = WIRE_PROTOCOL;
    member->info.incarnation = transport_self(transport);
}

static MemberEvent
start_over(Member *member, int64_t now)
{
    member->info.incarnation = transport_draw_incarnation();
    transport_set_self(member->transport, member->info.incarnation);
    transport_set_epoch(member->transport, 0);
    member->joined = false;
    member->epoch = 0;
    member->next_beat = now;
    return MEMBER_RESET;
}

static MemberEvent
on_welcome(Member *member, int64_t now, const Message *message)
{
    const bool changed = member->epoch != 0 && member->epoch != message->epoch;

    member->last_heard = now;
    if (changed && message->epoch < member->epoch)
        return MEMBER_HANDLED; /* a coordinator of the past */
    if (changed)
        return start_over(member, now);
    /* After a silence of the same coordinator nothing is lost: what it knows of us, and we of it, is still
     * so. */
    const bool first = member->epoch == 0;
    member->joined = true;
    member->epoch = message->epoch;
    member->interval = message->number > 1000 ? (int64_t)message->number : 1000;
    transport_set_epoch(member->transport, message->epoch);
    return first ? MEMBER_JOINED : MEMBER_HANDLED;
}

static void
answer_probe(Member *member, const Message *message)
{
    Message probed = {.type = MESSAGE_PROBED, .number = message->number};

    transport_send_control(member->transport, &probed);
}

MemberEvent
member_on_message(Member *member, int64_t now, const Message *message)
{
    switch (message->type) {
    case MESSAGE_WELCOME: return on_welcome(member, now, message);
    case MESSAGE_HEARTBEAT_SEEN:
        if (member->epoch != 0 && message->epoch == member->epoch) {
            member->last_heard = now;
            member->joined = true;
        }
        return MEMBER_HANDLED;
    case MESSAGE_PROBE: answer_probe(member, message); return MEMBER_HANDLED;
    case MESSAGE_REJOIN:
        if (message->epoch < member->epoch)
            return MEMBER_HANDLED;
        return start_over(member, now);
    case MESSAGE_REFUSE: member->error = message->error; return MEMBER_REFUSED;
    case MESSAGE_DRAINED: return MEMBER_DRAINED;
    default: return MEMBER_NOTHING;
    }
}

bool
member_accepts(const Member *member, const Message *message)
{
    return member->epoch != 0 && message->epoch == member->epoch;
}

bool
member_on_tick(Member *member, int64_t now)
{
    if (member->joined && now - member->last_heard > SILENCE) {
        /* The coordinator, or the way to it, is gone: ask until someone answers. */
        member->joined = false;
        member->next_beat = now;
    }
    if (now < member->next_beat)
        return false;
    if (member->joined)
        return true;
    Message hello = {.type = MESSAGE_HELLO, .node = member->info};
    transport_send_control(member->transport, &hello);
    member->next_beat = now + HELLO_INTERVAL;
    return false;
}

void
member_beat(Member *member, int64_t now, uint32_t busy, const Report *report, const NodeUsage *usage)
{
    Message beat = {.type = MESSAGE_HEARTBEAT, .number = busy, .report = *report, .usage = *usage};

    transport_send_control(member->transport, &beat);
    member->next_beat = now + member->interval;
}

int64_t
member_next_deadline(const Member *member)
{
    return member->next_beat;
}
