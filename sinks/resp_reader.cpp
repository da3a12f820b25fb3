#include "sinks/resp_reader.h"

#include <string>
#include <vector>

#include <hiredis/read.h>

#include "core/ensure.h"

namespace callstream::sinks {

namespace {

// hiredis frees and takes anew a larger buffer than this whenever it runs empty.
constexpr std::size_t buffer_size_kept = 1024 * 1024;

// Status and error lines reach hiredis's caller as strings.
constexpr resp_kind kind_of_string(int type) noexcept {
    if (type == REDIS_REPLY_STATUS) return resp_kind::status;
    return type == REDIS_REPLY_ERROR ? resp_kind::error : resp_kind::text;
}

}  // namespace

class resp_reader::state {
public:
    explicit state(std::size_t size_max) : size_max_(size_max) { open(); }

    void open() {
        reader_.reset(redisReaderCreateWithFunctions(&functions));
        ensure(reader_ != nullptr, "memory for a reply reader");
        reader_->privdata = this;
        reader_->maxbuf = buffer_size_kept;
        begin_reply();
    }

    result<void> feed(std::string_view bytes) {
        if (complete_) begin_reply();
        const std::size_t held =
            reader_->len - reader_->pos + text_.size() + nodes_.size() * sizeof(resp_node);
        if (held + bytes.size() > size_max_)
            return failure(errc::too_large, "a reply of redis is too large");
        if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
            return failure(errc::lost_boundary, "redis sent what is not its protocol");
        return {};
    }

    result<std::optional<resp_reply>> next() {
        if (complete_) begin_reply();
        void* reply = nullptr;
        if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
            return failure(errc::lost_boundary, "redis sent what is not its protocol");
        if (reply == nullptr) return std::optional<resp_reply>();
        complete_ = true;
        // Only now does the text stay where it is.
        std::size_t offset = 0;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            nodes_[i].text = std::string_view(text_).substr(offset, sizes_[i]);
            offset += sizes_[i];
        }
        return std::optional<resp_reply>(nodes_);
    }

private:
    struct free_reader {
        void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
    };

    void begin_reply() noexcept {
        nodes_.clear();
        sizes_.clear();
        text_.clear();
        complete_ = false;
    }

    // hiredis wants some object for each node; which does not matter.
    static void* add(const redisReadTask* task, const resp_node& node) {
        state& self = *static_cast<state*>(task->privdata);
        self.nodes_.push_back(node);
        self.sizes_.push_back(node.text.size());
        self.text_.append(node.text);
        return &self;
    }
    static void* on_string(const redisReadTask* task, char* bytes, std::size_t size) noexcept {
        return add(task, {kind_of_string(task->type), 0, {bytes, size}});
    }
    static void* on_array(const redisReadTask* task, int count) noexcept {
        return add(task, {resp_kind::array, count, {}});
    }
    static void* on_integer(const redisReadTask* task, long long value) noexcept {
        return add(task, {resp_kind::integer, value, {}});
    }
    static void* on_nil(const redisReadTask* task) noexcept {
        return add(task, {resp_kind::nil, 0, {}});
    }
    static void on_free(void*) noexcept {}

    static inline redisReplyObjectFunctions functions{&on_string, &on_array, &on_integer, &on_nil,
                                                      &on_free};

    std::size_t size_max_;
    std::unique_ptr<redisReader, free_reader> reader_;
    std::vector<resp_node> nodes_;
    std::vector<std::size_t> sizes_;  // of each node's text
    std::string text_;                // of all nodes, one behind the other
    bool complete_ = false;
};

std::size_t node_count(resp_reply nodes) noexcept {
    std::size_t index = 0;
    for (std::size_t open = 1; open > 0 && index < nodes.size(); ++index) {
        --open;
        const resp_node& node = nodes[index];
        if (node.kind == resp_kind::array) open += static_cast<std::size_t>(node.integer);
    }
    return index;
}

resp_reader::resp_reader(std::size_t reply_size_max)
    : state_(std::make_unique<state>(reply_size_max)) {}

resp_reader::~resp_reader() = default;

result<void> resp_reader::feed(std::string_view bytes) {
    return state_->feed(bytes);
}

result<std::optional<resp_reply>> resp_reader::next() {
    return state_->next();
}

void resp_reader::reset() {
    state_->open();
}

}  // namespace callstream::sinks
