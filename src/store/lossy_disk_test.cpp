// The file layer of lossy_disk.hpp: https://sqlite.org/vfs.html
#include "store/lossy_disk.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>

#include "store/conversation_store_contract.hpp"

namespace convoke {
namespace {

constexpr sqlite3_int64 sector = 512;
constexpr int tracked = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

/// What SQLite holds; the system's own file follows it in memory.
struct LossyDisk::File {
  sqlite3_file base;
  LossyDisk* disk;
  std::string* path;

  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* system(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&of(file) + 1); }
};

/// The functions SQLite calls.
struct LossyDiskCalls {
  using File = LossyDisk::File;

  static LossyDisk& disk(sqlite3_vfs* vfs) { return *static_cast<LossyDisk*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    sqlite3_vfs* system = disk(vfs).system_;
    sqlite3_file* real = File::system(file);
    file->pMethods = nullptr;
    const int code = system->xOpen(system, name, real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    File& ours = File::of(file);
    ours.disk = &disk(vfs);
    ours.path = new std::string(name && (flags & tracked) ? name : "");
    ours.base.pMethods = methods();
    if (!ours.path->empty()) ours.disk->note_open(*ours.path);
    return code;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    disk(vfs).note_deletion(name, sync_folder != 0);
    return disk(vfs).system_->xDelete(disk(vfs).system_, name, sync_folder);
  }

  static int close(sqlite3_file* file) {
    delete File::of(file).path;
    return File::system(file)->pMethods->xClose(File::system(file));
  }

  static int write(sqlite3_file* file, const void* bytes, int length, sqlite3_int64 offset) {
    const File& ours = File::of(file);
    if (!ours.path->empty()) {
      ours.disk->note(*ours.path,
                      {offset, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(length))});
    }
    return File::system(file)->pMethods->xWrite(File::system(file), bytes, length, offset);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 length) {
    const File& ours = File::of(file);
    if (!ours.path->empty()) ours.disk->note(*ours.path, {length, {}, true});
    return File::system(file)->pMethods->xTruncate(File::system(file), length);
  }

  /// The system's files need not be synced: nobody pulls their plug.
  static int sync(sqlite3_file* file, int) {
    const File& ours = File::of(file);
    if (!ours.path->empty()) ours.disk->note_sync(*ours.path);
    return SQLITE_OK;
  }

  /// Calls `method` of the system's file with the same arguments.
  template <auto method, class... Arguments>
  static auto pass_on(sqlite3_file* file, Arguments... arguments) {
    return (File::system(file)->pMethods->*method)(File::system(file), arguments...);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods ours = [] {
      using Methods = sqlite3_io_methods;
      Methods m{};
      m.iVersion = 2;  // without memory mapping
      m.xClose = close;
      m.xRead = pass_on<&Methods::xRead>;
      m.xWrite = write;
      m.xTruncate = truncate;
      m.xSync = sync;
      m.xFileSize = pass_on<&Methods::xFileSize>;
      m.xLock = pass_on<&Methods::xLock>;
      m.xUnlock = pass_on<&Methods::xUnlock>;
      m.xCheckReservedLock = pass_on<&Methods::xCheckReservedLock>;
      m.xFileControl = pass_on<&Methods::xFileControl>;
      m.xSectorSize = pass_on<&Methods::xSectorSize>;
      m.xDeviceCharacteristics = pass_on<&Methods::xDeviceCharacteristics>;
      m.xShmMap = pass_on<&Methods::xShmMap>;
      m.xShmLock = pass_on<&Methods::xShmLock>;
      m.xShmBarrier = pass_on<&Methods::xShmBarrier>;
      m.xShmUnmap = pass_on<&Methods::xShmUnmap>;
      return m;
    }();
    return &ours;
  }
};

LossyDisk::LossyDisk() : system_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *system_;
  vfs_.zName = "lossy";
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + system_->szOsFile;
  vfs_.xOpen = LossyDiskCalls::open;
  vfs_.xDelete = LossyDiskCalls::remove;
  sqlite3_vfs_register(&vfs_, 1);
}

LossyDisk::~LossyDisk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(system_, 1);
}

void LossyDisk::lose_power_before(int operation, std::function<void()> at_loss) {
  const std::scoped_lock lock(mutex_);
  until_loss_ = operation;
  at_loss_ = std::move(at_loss);
}

void LossyDisk::lose_power_now() {
  const std::scoped_lock lock(mutex_);
  if (has_lost_power_) return;
  until_loss_ = 1;
  count_operation();
}

bool LossyDisk::has_lost_power() const {
  const std::scoped_lock lock(mutex_);
  return has_lost_power_;
}

void LossyDisk::count_operation() {
  if (until_loss_ == 0 || --until_loss_ > 0) return;
  has_lost_power_ = true;
  remains_ = files_;
  at_loss_();
}

void LossyDisk::note_open(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const auto [known, is_new] = files_.try_emplace(path);
  const bool is_another = known->second.deletion_pending;
  const bool is_log = path.ends_with("-wal") || path.ends_with("-journal");
  if (!is_new && !is_another) return;
  std::string bytes = bytes_of(path);
  // What was there before this disk was used, was there for good.
  const bool is_old = is_new && !bytes.empty();
  known->second = {std::move(bytes), {}, is_old || !is_log, false};
}

void LossyDisk::note(const std::string& path, Change change) {
  const std::scoped_lock lock(mutex_);
  count_operation();
  files_[path].pending.push_back(std::move(change));
}

void LossyDisk::note_sync(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  count_operation();
  Content& content = files_[path];
  for (const Change& change : content.pending) apply(change, content.durable);
  content.pending.clear();
  // SQLite syncs the folder along with a file it has made, and with that what was deleted there before.
  if (!content.exists_for_good) std::erase_if(files_, [](const auto& file) { return file.second.deletion_pending; });
  content.exists_for_good = true;
}

void LossyDisk::note_deletion(const std::string& path, bool for_good) {
  const std::scoped_lock lock(mutex_);
  count_operation();
  if (for_good) {
    files_.erase(path);
  } else if (const auto known = files_.find(path); known != files_.end()) {
    known->second.deletion_pending = true;
  }
}

void LossyDisk::apply(const Change& change, std::string& bytes) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.is_truncation) return bytes.resize(offset);
  if (bytes.size() < offset + change.bytes.size()) bytes.resize(offset + change.bytes.size());
  bytes.replace(offset, change.bytes.size(), change.bytes);
}

void LossyDisk::leave_remains(const std::filesystem::path& folder, std::mt19937& chance) const {
  const auto happens = [&](double probability) { return std::bernoulli_distribution(probability)(chance); };
  const std::scoped_lock lock(mutex_);
  for (const auto& [path, content] : remains_) {
    const bool is_there = content.exists_for_good || happens(0.5);
    if (!is_there || (content.deletion_pending && happens(0.5))) continue;
    std::string bytes = content.durable;
    const double luck = std::uniform_int_distribution(0, 4)(chance) / 4.0;
    for (const Change& change : content.pending) {
      if (change.is_truncation && happens(luck)) apply(change, bytes);
      for (std::size_t at = 0; at < change.bytes.size();) {
        const auto offset = change.offset + static_cast<sqlite3_int64>(at);
        const std::string piece = change.bytes.substr(at, static_cast<std::size_t>(sector - offset % sector));
        at += piece.size();
        if (happens(luck)) apply({offset, piece}, bytes);
      }
    }
    std::ofstream(folder / std::filesystem::path(path).filename(), std::ios::binary) << bytes;
  }
}

namespace {

/// Text in a file on a lossy disk.
class LossyDiskTest : public testing::Test {
 protected:
  LossyDiskTest() {
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    memory_.resize(static_cast<std::size_t>(vfs->szOsFile));
    file_ = reinterpret_cast<sqlite3_file*>(memory_.data());
    const int flags = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE;
    if (vfs->xOpen(vfs, path_.c_str(), file_, flags, nullptr) != SQLITE_OK) throw std::runtime_error("cannot open");
  }
  ~LossyDiskTest() override {
    file_->pMethods->xClose(file_);
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& text, sqlite3_int64 offset) {
    file_->pMethods->xWrite(file_, text.data(), static_cast<int>(text.size()), offset);
  }
  void sync() { file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL); }

  std::string remains(unsigned seed) {
    std::mt19937 chance(seed);
    std::filesystem::create_directories(folder_ / "after");
    disk_.leave_remains(folder_ / "after", chance);
    return bytes_of(folder_ / "after" / "file");
  }

  std::filesystem::path folder_ = make_test_folder();
  // SQLite hands over names that end with two zeros.
  std::string path_ = (folder_ / "file").string() + std::string(2, '\0');
  LossyDisk disk_;
  std::vector<char> memory_;
  sqlite3_file* file_ = nullptr;
};

TEST_F(LossyDiskTest, KeepsWhatWasSynced) {
  write("hello", 0);
  sync();
  disk_.lose_power_before(1, [] {});
  write("later", 0);

  EXPECT_TRUE(disk_.has_lost_power());
  EXPECT_EQ(remains(1), "hello");
}

TEST_F(LossyDiskTest, LosesSectorsThatWereNotSyncedInAnyCombination) {
  std::set<std::string> seen;
  write(std::string(2 * sector, 'a'), 0);
  sync();
  write(std::string(2 * sector, 'b'), 0);
  disk_.lose_power_before(1, [] {});
  sync();

  for (unsigned seed = 0; seed < 100; ++seed) {
    const std::string bytes = remains(seed);
    seen.insert({bytes.front(), bytes.back()});
  }

  EXPECT_EQ(seen, (std::set<std::string>{"aa", "ab", "ba", "bb"}));
}

}  // namespace
}  // namespace convoke
