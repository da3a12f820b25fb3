// Many clients of /api/events in one process: connects all, reads until the stream has had so many
// events, and says whether each client got all of them, in order.
//
//   callstream-sse-clients PORT TOKEN CLIENTS EVENTS SECONDS gzip|plain [IDS]
//
// Every client keeps a running digest of its stream's bytes. One of them is read for real (and
// unpacked): its ids must count up without a gap. All that have the same digest got the same, so a
// thousand streams are checked at the cost of a thousand digests. All have to be connected before
// the first event; "ready" on stdout says when.
//
// With IDS, a file of ids, they are clients that come back: each says another one of them was its
// last. Then every stream is read for real, and must go on behind that id up to event EVENTS.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t read_size = 256 * 1024;

struct options {
    std::uint16_t port = 0;
    std::string token;
    std::size_t client_count = 0;
    std::uint64_t event_count = 0;
    std::chrono::seconds patience{0};
    bool packed = false;
    std::vector<std::string> ids;  // of clients that come back
};

std::uint64_t sequence_of(std::string_view id) noexcept {
    std::uint64_t sequence = 0;
    std::from_chars(id.data() + id.find('-') + 1, id.data() + id.size(), sequence);
    return sequence;
}

// Of a stream of bytes, however it is cut.
class digest {
public:
    void add(std::string_view bytes) noexcept {
        value_ = crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
        size_ += bytes.size();
    }
    std::uint64_t size() const noexcept { return size_; }
    bool operator==(const digest&) const = default;

private:
    std::uint64_t value_ = 0;
    std::uint64_t size_ = 0;
};

struct client {
    int socket = -1;
    std::string head;  // until its end has come
    bool in_body = false;
    bool ended = false;
    digest body;
    std::size_t checker = SIZE_MAX;  // whose streams are read
};

// Counts the ids of a stream of frames.
class checker {
public:
    // `behind`: the sequence behind which it goes on; 0: wherever it begins.
    checker(bool packed, std::uint64_t behind) : last(behind), packed_(packed) {
        if (packed) inflateInit2(&unpacked_, 15 + 16);
    }
    ~checker() {
        if (packed_) inflateEnd(&unpacked_);
    }
    checker(const checker&) = delete;
    checker& operator=(const checker&) = delete;

    void add(std::string_view bytes) {
        if (!packed_) return scan(bytes);
        unpacked_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        unpacked_.avail_in = static_cast<uInt>(bytes.size());
        while (unpacked_.avail_in > 0) {
            unpacked_.next_out = reinterpret_cast<Bytef*>(room_.data());
            unpacked_.avail_out = static_cast<uInt>(room_.size());
            const int done = inflate(&unpacked_, Z_SYNC_FLUSH);
            scan(std::string_view(room_.data(), room_.size() - unpacked_.avail_out));
            if (done != Z_OK && done != Z_BUF_ERROR) broken = true;
            if (broken) return;
        }
    }

    std::uint64_t count = 0;
    std::uint64_t last = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t size = 0;
    bool broken = false;

private:
    void scan(std::string_view bytes) {
        size += bytes.size();
        rest_ += bytes;
        std::size_t begin = 0;
        for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1)
            take(std::string_view(rest_).substr(begin, end - begin));
        rest_.erase(0, begin);
    }
    void take(std::string_view line) {
        if (!line.starts_with("id: ")) return;
        const std::uint64_t sequence = sequence_of(line);
        if (last > 0 && sequence != last + 1) ++out_of_order;
        last = sequence;
        ++count;
    }

    bool packed_ = false;
    z_stream unpacked_{};
    std::string rest_;
    inline static std::vector<char> room_ = std::vector<char>(1024 * 1024);  // of one at a time
};

int connect_to(const options& chosen, std::string_view last_id) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(chosen.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
    std::string request = "GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                          chosen.token + (chosen.packed ? "\r\nAccept-Encoding: gzip" : "");
    if (!last_id.empty()) request.append("\r\nLast-Event-ID: ").append(last_id);
    request += "\r\n\r\n";
    if (::send(made, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size()))
        return -1;
    ::fcntl(made, F_SETFL, O_NONBLOCK);
    return made;
}

class crowd {
public:
    explicit crowd(const options& chosen)
        : options_(chosen), poll_(::epoll_create1(EPOLL_CLOEXEC)) {}

    bool connect() {
        clients_.resize(options_.client_count);
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            const std::string id = last_id_of(i);
            if (i == 0 || !id.empty()) {
                clients_[i].checker = checkers_.size();
                checkers_.push_back(
                    std::make_unique<checker>(options_.packed, id.empty() ? 0 : sequence_of(id)));
            }
            clients_[i].socket = connect_to(options_, id);
            if (clients_[i].socket < 0) return false;
            epoll_event wanted{};
            wanted.events = EPOLLIN;
            wanted.data.u64 = i;
            ::epoll_ctl(poll_, EPOLL_CTL_ADD, clients_[i].socket, &wanted);
        }
        const auto ready = [](const client& each) { return each.in_body; };
        while (!std::all_of(clients_.begin(), clients_.end(), ready))
            turn();
        return true;
    }

    // Until all have all events: by what was read, or by having the same bytes as the first.
    void run() {
        const auto deadline = clock_type::now() + options_.patience;
        while (clock_type::now() < deadline && !done())
            turn();
    }

    bool done() const {
        return is_whole(*checkers_.front()) &&
               std::all_of(clients_.begin(), clients_.end(),
                           [this](const client& each) { return is_same(each); });
    }

    int tell(double seconds) const {
        const auto equal = std::count_if(clients_.begin(), clients_.end(),
                                         [this](const client& each) { return is_same(each); });
        const auto ended = std::count_if(clients_.begin(), clients_.end(),
                                         [](const client& each) { return each.ended; });
        std::uint64_t bytes = 0;
        for (const client& each : clients_)
            bytes += each.body.size();
        std::printf(
            "{\"clients\":%zu,\"same\":%td,\"ended\":%td,\"events\":%llu,"
            "\"out_of_order\":%llu,\"broken\":%s,\"bytes\":%llu,\"bytes_unpacked\":%llu,"
            "\"seconds\":%.3f}\n",
            clients_.size(), equal, ended, sum_of(&checker::count), sum_of(&checker::out_of_order),
            sum_of(&checker::broken) > 0 ? "true" : "false", static_cast<unsigned long long>(bytes),
            sum_of(&checker::size), seconds);
        const bool all = static_cast<std::size_t>(equal) == clients_.size();
        return all && is_whole(*checkers_.front()) && sum_of(&checker::out_of_order) == 0 ? 0 : 1;
    }

private:
    std::string last_id_of(std::size_t index) const {
        return options_.ids.empty() ? "" : options_.ids[index % options_.ids.size()];
    }
    bool is_whole(const checker& read) const {
        return (options_.ids.empty() ? read.count : read.last) >= options_.event_count;
    }
    bool is_same(const client& each) const {
        if (options_.ids.empty()) return each.body == clients_.front().body;
        return checkers_[each.checker]->last == checkers_.front()->last;
    }
    template <class Number>
    unsigned long long sum_of(Number checker::*member) const {
        unsigned long long sum = 0;
        for (const auto& each : checkers_)
            sum += (*each).*member;
        return sum;
    }

    void turn() {
        std::array<epoll_event, 256> events{};
        const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
        for (int i = 0; i < count; ++i)
            read(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
    }

    void read(std::size_t index) {
        client& one = clients_[index];
        const ssize_t size = ::recv(one.socket, room_.data(), room_.size(), 0);
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) {
            one.ended = true;
            ::epoll_ctl(poll_, EPOLL_CTL_DEL, one.socket, nullptr);
            return;
        }
        take(one, std::string_view(room_.data(), static_cast<std::size_t>(size)));
    }

    void take(client& one, std::string_view bytes) {
        if (!one.in_body) {
            one.head += bytes;
            const std::size_t end = one.head.find("\r\n\r\n");
            if (end == std::string::npos) return;
            one.in_body = true;
            const std::string body = one.head.substr(end + 4);
            one.head.clear();
            return take(one, body);
        }
        one.body.add(bytes);
        if (one.checker < checkers_.size()) checkers_[one.checker]->add(bytes);
    }

    const options options_;
    int poll_;
    std::vector<std::unique_ptr<checker>> checkers_;  // of the first client, or of all
    std::vector<client> clients_;
    std::vector<char> room_ = std::vector<char>(read_size);
};

void allow_many_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** words) {
    if (count != 7 && count != 8) {
        std::fprintf(stderr, "usage: %s PORT TOKEN CLIENTS EVENTS SECONDS gzip|plain [IDS]\n",
                     words[0]);
        return 2;
    }
    options chosen;
    chosen.port = static_cast<std::uint16_t>(std::atoi(words[1]));
    chosen.token = words[2];
    chosen.client_count = static_cast<std::size_t>(std::atoll(words[3]));
    chosen.event_count = static_cast<std::uint64_t>(std::atoll(words[4]));
    chosen.patience = std::chrono::seconds(std::atoll(words[5]));
    chosen.packed = std::string_view(words[6]) == "gzip";
    if (count == 8) {
        std::ifstream file(words[7]);
        for (std::string id; std::getline(file, id);)
            chosen.ids.push_back(id);
    }
    allow_many_files();
    crowd all(chosen);
    if (!all.connect()) {
        std::fprintf(stderr, "not every client could connect\n");
        return 1;
    }
    std::puts("ready");
    std::fflush(stdout);
    const auto begin = clock_type::now();
    all.run();
    return all.tell(std::chrono::duration<double>(clock_type::now() - begin).count());
}
