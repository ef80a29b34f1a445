using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Storage.Tests;

[TestFixture]
internal sealed class StoreTests
{
    [Test]
    [UnsupportedOSPlatform("windows")]
    public void The_file_is_for_its_owner_alone()
    {
        using var file = new StoreFile();
        File.WriteAllBytes(file.Path, []);
        File.SetUnixFileMode(file.Path, (UnixFileMode)0b110_110_110);
        using var store = file.Open();
        store.Users.ReadAll();

        var modes = Directory.GetFiles(Path.GetDirectoryName(file.Path)!).Select(File.GetUnixFileMode);

        Assert.That(modes, Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void The_secret_of_the_installation_is_made_once()
    {
        using var file = new StoreFile();
        using var other = new StoreFile();

        var first = Secret(file);

        Assert.That(first, Has.Length.EqualTo(32));
        Assert.That(Secret(file), Is.EqualTo(first));
        Assert.That(Secret(other), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        using var file = new StoreFile();
        var noise = Enumerable.Range(0, 8192).Select(i => (byte)(i * 7 % 251)).ToArray();
        File.WriteAllBytes(file.Path, noise);

        var error = Assert.Throws<StoreException>(() => file.Open());

        Assert.That(error!.File, Is.EqualTo(file.Path));
        Assert.That(error.Message, Does.Contain("damaged").And.Contain("backup"));
        Assert.That(File.ReadAllBytes(file.Path), Is.EqualTo(noise));
    }

    [Test]
    public void A_damaged_page_is_reported_with_the_file_and_what_to_do()
    {
        using var file = new StoreFile();
        file.Open().Dispose();
        var bytes = File.ReadAllBytes(file.Path);
        Array.Fill(bytes, (byte)0xA5, 100, bytes.Length - 100);
        File.WriteAllBytes(file.Path, bytes);

        var error = Assert.Throws<StoreException>(() => file.Open());

        Assert.That(error!.Message, Does.StartWith(file.Path).And.Contain("damaged"));
    }

    [Test]
    public void A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        using var file = new StoreFile();
        Run(file, "CREATE TABLE orders (id INTEGER)");

        var error = Assert.Throws<StoreException>(() => file.Open());

        Assert.That(error!.Message, Does.Contain("another program"));
        Assert.That(Number(file, "SELECT count(*) FROM sqlite_schema"), Is.EqualTo(1));
    }

    [Test]
    public void A_database_with_another_application_id_is_refused()
    {
        using var file = new StoreFile();
        Run(file, "PRAGMA application_id = 12345");

        Assert.That(() => file.Open(), Throws.TypeOf<StoreException>().With.Message.Contains("another program"));
    }

    [Test]
    public void The_trail_may_have_been_first_in_the_file()
    {
        using var file = new StoreFile();
        Run(file, "CREATE TABLE audit_head (id INTEGER PRIMARY KEY)");

        Assert.That(() => file.Open().Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_file_of_a_newer_version_is_refused()
    {
        using var file = new StoreFile();
        file.Open().Dispose();
        Run(file, "UPDATE store_meta SET value = 999 WHERE key = 'schema'");

        var error = Assert.Throws<StoreException>(() => file.Open());

        Assert.That(error!.Message, Does.Contain("newer").And.Contain("999"));
    }

    [Test]
    public void A_folder_that_does_not_exist_is_reported()
    {
        using var file = new StoreFile();
        var path = Path.Combine(Path.GetDirectoryName(file.Path)!, "missing", "jitproxy.db");

        var error = Assert.Throws<StoreException>(() => Store.Open(path, file.Clock));

        Assert.That(error!.File, Is.EqualTo(path));
    }

    private static byte[] Secret(StoreFile file)
    {
        using var store = file.Open();
        return store.InstallationSecret.ToArray();
    }

    private static void Run(StoreFile file, string sql) => Number(file, sql);

    private static long Number(StoreFile file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long? ?? 0;
    }
}
