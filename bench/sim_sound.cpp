#include "bench/sim_sound.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <zlib.h>

namespace callstream::sim {

namespace {

constexpr std::size_t tar_block_size = 512;
constexpr std::uint32_t samples_per_second = 8000;

void append_little(std::string& out, std::uint32_t number, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
        out += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

std::string make_wave(std::string_view name, std::int64_t seconds) {
    const auto size = static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, 60)) *
                      samples_per_second * 2;
    std::string wave = "RIFF";
    append_little(wave, 36 + size, 4);
    wave += "WAVEfmt ";
    append_little(wave, 16, 4);
    append_little(wave, 1, 2);  // PCM
    append_little(wave, 1, 2);  // mono
    append_little(wave, samples_per_second, 4);
    append_little(wave, samples_per_second * 2, 4);
    append_little(wave, 2, 2);
    append_little(wave, 16, 2);
    wave += "data";
    append_little(wave, size, 4);
    std::uint32_t seed = 1;
    for (const char letter : name)
        seed = seed * 31 + static_cast<unsigned char>(letter);
    std::minstd_rand random(seed);
    for (std::uint32_t i = 0; i < size; ++i)
        wave += static_cast<char>(random() >> 8 & 0x0f);
    return wave;
}

std::string make_zip(std::string_view name, std::string_view bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const auto sum = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(size)));
    const auto append_file = [&](std::string& out) {
        append_little(out, 20, 2);      // version needed
        append_little(out, 0, 2);       // flags
        append_little(out, 0, 2);       // stored
        append_little(out, 0, 2);       // time
        append_little(out, 0x2100, 2);  // 1996-08-00
        append_little(out, sum, 4);
        append_little(out, size, 4);
        append_little(out, size, 4);
        append_little(out, static_cast<std::uint32_t>(name.size()), 2);
        append_little(out, 0, 2);
    };
    std::string zip("PK\x03\x04", 4);
    append_file(zip);
    zip.append(name).append(bytes);
    const auto directory = static_cast<std::uint32_t>(zip.size());
    zip.append("PK\x01\x02", 4);
    append_little(zip, 20, 2);
    append_file(zip);
    zip.append(14, '\0').append(name);
    const auto end = static_cast<std::uint32_t>(zip.size());
    zip.append("PK\x05\x06", 4).append(4, '\0');
    append_little(zip, 1, 2);
    append_little(zip, 1, 2);
    append_little(zip, end - directory, 4);
    append_little(zip, directory, 4);
    append_little(zip, 0, 2);
    return zip;
}

void append_tar_entry(std::string& tar, std::string_view name, std::string_view bytes) {
    std::string header(tar_block_size, '\0');
    const auto put = [&header](std::size_t at, std::string_view text) {
        header.replace(at, text.size(), text);
    };
    put(0, name.substr(0, 99));
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", bytes.size()));
    put(136, fmt::format("{:011o}", 1'620'000'000));
    put(148, "        ");
    put(156, "0");
    put(257, std::string_view("ustar\00000", 8));
    unsigned sum = 0;
    for (const char letter : header)
        sum += static_cast<unsigned char>(letter);
    put(148, fmt::format("{:06o}", sum));
    header[154] = '\0';
    tar += header;
    tar += bytes;
    tar.append((tar_block_size - bytes.size() % tar_block_size) % tar_block_size, '\0');
}

void end_tar(std::string& tar) {
    tar.append(2 * tar_block_size, '\0');
}

}  // namespace callstream::sim
