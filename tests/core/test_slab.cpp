#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include "core/limits.h"
#include "core/slab.h"

using namespace callstream;

namespace {

void fill(receive_buffer& buffer, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = buffer.writable();
        const std::size_t size = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), size);
        buffer.commit(size);
        bytes.remove_prefix(size);
    }
}

}  // namespace

TEST_CASE("a receive buffer shows what was committed and not consumed", "[core]") {
    slab_pool pool;
    receive_buffer buffer(pool);
    fill(buffer, "one two");
    buffer.consume(4);
    CHECK(buffer.pending() == "two");
    buffer.clear();
    CHECK(buffer.pending().empty());
    CHECK(pool.free_count() == pool.slab_count());
}

TEST_CASE("a torn message stays contiguous across slabs", "[core]") {
    slab_pool pool;
    receive_buffer buffer(pool);
    const std::string message(limits::ami_message_size_max, 'x');
    const bool hold_slabs = GENERATE(false, true);
    std::vector<slab_ref> held;
    for (int round = 0; round < 20; ++round) {
        fill(buffer, std::string_view(message).substr(0, message.size() / 2));
        fill(buffer, std::string_view(message).substr(message.size() / 2));
        REQUIRE(buffer.pending().substr(0, message.size()) == message);
        if (hold_slabs) held.push_back(buffer.current());
        buffer.consume(message.size());
    }
    CHECK(buffer.pending().empty());
    CHECK((hold_slabs ? pool.slab_count() > 1 : pool.slab_count() == 1));
}

TEST_CASE("bytes below the committed end never change while a slab is shared", "[core]") {
    slab_pool pool;
    receive_buffer buffer(pool);
    const std::string big(limits::slab_size - 20'000, 'a');
    fill(buffer, big);
    const slab_ref shared = buffer.current();
    const std::string_view seen = buffer.pending();
    buffer.consume(big.size() - 10);
    fill(buffer, std::string(100'000, 'b'));
    CHECK(seen == big);
}
