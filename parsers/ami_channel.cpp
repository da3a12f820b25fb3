#include "parsers/ami_channel.h"

#include "parsers/ami_text.h"

namespace callstream::parsers {
namespace channel_keys {

using key = ami_key;

const ami_channel_keys own{key::uniqueid,      key::linkedid,      key::channel,
                           key::channel_state, key::caller_id_num, key::caller_id_name,
                           key::context,       key::exten};
const ami_channel_keys destination{
    key::dest_uniqueid,      key::dest_linkedid,       key::dest_channel, key::dest_channel_state,
    key::dest_caller_id_num, key::dest_caller_id_name, key::dest_context, key::dest_exten};
const ami_channel_keys local_one{key::local_one_uniqueid,      key::local_one_linkedid,
                                 key::local_one_channel,       key::local_one_channel_state,
                                 key::local_one_caller_id_num, key::local_one_caller_id_name,
                                 key::local_one_context,       key::local_one_exten};
const ami_channel_keys local_two{key::local_two_uniqueid,      key::local_two_linkedid,
                                 key::local_two_channel,       key::local_two_channel_state,
                                 key::local_two_caller_id_num, key::local_two_caller_id_name,
                                 key::local_two_context,       key::local_two_exten};
const ami_channel_keys transferer{key::transferer_uniqueid,      key::transferer_linkedid,
                                  key::transferer_channel,       key::transferer_channel_state,
                                  key::transferer_caller_id_num, key::transferer_caller_id_name,
                                  key::transferer_context,       key::transferer_exten};
const ami_channel_keys transferee{key::transferee_uniqueid,      key::transferee_linkedid,
                                  key::transferee_channel,       key::transferee_channel_state,
                                  key::transferee_caller_id_num, key::transferee_caller_id_name,
                                  key::transferee_context,       key::transferee_exten};
const ami_channel_keys first_transferer{
    key::orig_transferer_uniqueid,      key::orig_transferer_linkedid,
    key::orig_transferer_channel,       key::orig_transferer_channel_state,
    key::orig_transferer_caller_id_num, key::orig_transferer_caller_id_name,
    key::orig_transferer_context,       key::orig_transferer_exten};
const ami_channel_keys second_transferer{
    key::second_transferer_uniqueid,      key::second_transferer_linkedid,
    key::second_transferer_channel,       key::second_transferer_channel_state,
    key::second_transferer_caller_id_num, key::second_transferer_caller_id_name,
    key::second_transferer_context,       key::second_transferer_exten};
const ami_channel_keys transfer_target{
    key::transfer_target_uniqueid,      key::transfer_target_linkedid,
    key::transfer_target_channel,       key::transfer_target_channel_state,
    key::transfer_target_caller_id_num, key::transfer_target_caller_id_name,
    key::transfer_target_context,       key::transfer_target_exten};
const ami_channel_keys parkee{key::parkee_uniqueid,      key::parkee_linkedid,
                              key::parkee_channel,       key::parkee_channel_state,
                              key::parkee_caller_id_num, key::parkee_caller_id_name,
                              key::parkee_context,       key::parkee_exten};
const ami_channel_keys retriever{key::retriever_uniqueid,      key::retriever_linkedid,
                                 key::retriever_channel,       key::retriever_channel_state,
                                 key::retriever_caller_id_num, key::retriever_caller_id_name,
                                 key::retriever_context,       key::retriever_exten};
const ami_channel_keys linked_one{key::uniqueid1,  key::unknown, key::channel1, key::unknown,
                                  key::caller_id1, key::unknown, key::unknown,  key::unknown};
const ami_channel_keys linked_two{key::uniqueid2,  key::unknown, key::channel2, key::unknown,
                                  key::caller_id2, key::unknown, key::unknown,  key::unknown};
const ami_channel_keys pickup_target{key::target_uniqueid,      key::target_linkedid,
                                     key::target_channel,       key::target_channel_state,
                                     key::target_caller_id_num, key::target_caller_id_name,
                                     key::target_context,       key::target_exten};

}  // namespace channel_keys

namespace {

// Asterisk's channel states; the others (reserved, dialling, busy ...) are steps of no interest.
// 1.4 says them in words.
bool is_ring(text state) noexcept {  // it is dialling at us
    return state == "4" || state == "Ring";
}

leg_state state_named(text state) noexcept {
    if (state == "6" || state == "Up") return leg_state::up;
    return state == "5" || state == "Ringing" ? leg_state::ringing : leg_state::down;
}

// Under the name that AMI 1.0 has for it, where there is no other.
text value_or_old(const ami_message& message, ami_key key, ami_key old) noexcept {
    const text value = message[key];
    return value.data() != nullptr ? value : message[old];
}

}  // namespace

channel_view ami_channel_reader::view(const ami_message& message, const ami_channel_keys& keys) {
    // Of the event's own channel only: another's snapshot is never an old one.
    const bool is_own = keys.uniqueid == ami_key::uniqueid;
    const text number =
        value_or_old(message, keys.number, is_own ? ami_key::caller_id : ami_key::unknown);
    const text state =
        value_or_old(message, keys.state, is_own ? ami_key::state : ami_key::unknown);
    channel_view view;
    view.id = message[keys.uniqueid];
    view.call_id = message[keys.linkedid];
    view.channel = message[keys.channel];
    view.number = unescaped(known_text(number), number_scratch_);
    view.name = unescaped(known_text(message[keys.name]), name_scratch_);
    view.context = message[keys.context];
    view.exten = message[keys.exten];
    view.state = state_named(state);
    view.is_calling = is_ring(state);
    return view;
}

}  // namespace callstream::parsers
