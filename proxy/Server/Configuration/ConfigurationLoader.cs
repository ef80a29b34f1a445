// Reads `jitproxy.yaml`. A part reads its own keys, notes every fault, and goes on; a configuration exists only without faults.
using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Server.Configuration;

/// <summary>From a file to a configuration, or to the list of everything that is wrong with it.</summary>
internal static class ConfigurationLoader
{
    // A configuration is written by people; what is larger is some other file.
    private const long FileSizeMax = 8 << 20;

    /// <summary>Reads the file. False with all faults, in the order of the file.</summary>
    public static bool TryLoad(string path, [NotNullWhen(true)] out ProxyConfiguration? configuration, out IReadOnlyList<ConfigurationFault> faults) =>
        TryLoad(path, Environment.GetEnvironmentVariable, out configuration, out faults);

    /// <summary>The same, with another source of environment variables.</summary>
    public static bool TryLoad(
        string path,
        Func<string, string?> environment,
        [NotNullWhen(true)] out ProxyConfiguration? configuration,
        out IReadOnlyList<ConfigurationFault> faults)
    {
        configuration = null;
        if (!TryReadText(path, out var text, out var objection))
        {
            faults = [new(path, 0, 0, objection)];
            return false;
        }

        var list = new FaultList(path);
        var absolute = Path.GetFullPath(path);
        if (ConfigurationTree.Read(text, list, environment) is { } root)
            configuration = Read(new Reading(list, text, Path.GetDirectoryName(absolute)!), new Section(root, "the file", list), absolute);

        faults = list.Sorted;
        if (list.Count > 0)
            configuration = null;

        return configuration is not null;
    }

    /// <summary>Reads only where the admin socket is; what is wrong elsewhere, or needs the proxy's own environment, does not matter.</summary>
    public static bool TryFindSocket(
        string path,
        Func<string, string?> environment,
        [NotNullWhen(true)] out string? socket,
        out IReadOnlyList<ConfigurationFault> faults)
    {
        socket = null;
        if (!TryReadText(path, out var text, out var objection))
        {
            faults = [new(path, 0, 0, objection)];
            return false;
        }

        // Faults of the tree are about the text as a whole, or about variables of values that are not read here.
        var (ofTree, ofAdmin) = (new FaultList(path), new FaultList(path));
        var root = ConfigurationTree.Read(text, ofTree, environment);
        if (root is not null)
        {
            var reading = new Reading(ofAdmin, text, Path.GetDirectoryName(Path.GetFullPath(path))!);
            socket = SettingsPart.ReadAdmin(reading, new Section(root, "the file", ofAdmin)).Socket;
        }

        faults = root is null ? ofTree.Sorted : ofAdmin.Sorted;
        if (faults.Count > 0)
            socket = null;

        return socket is not null;
    }

    private static bool TryReadText(string path, out string text, out string objection)
    {
        (text, objection) = ("", "");
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > FileSizeMax })
            {
                objection = "too large for a configuration";
                return false;
            }

            text = File.ReadAllText(path);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            objection = "there is no such file; name one with --config FILE";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            objection = $"cannot be read: {e.Message}";
        }

        return false;
    }

    private static ProxyConfiguration Read(Reading reading, Section root, string path)
    {
        // The order is that of the dependencies: later parts name what earlier ones define.
        var storage = SettingsPart.ReadStorage(reading, root);
        var admin = SettingsPart.ReadAdmin(reading, root);
        var servers = ServersPart.Read(reading, root);
        var projects = ProjectsPart.Read(reading, root, servers.Names);
        var workspaceRoles = RolesPart.ReadWorkspace(reading, root);
        var databaseRoles = RolesPart.ReadDatabase(reading, root);
        var approval = ApprovalPart.Read(reading, root, [.. workspaceRoles.Keys]);
        var masking = MaskingPart.Read(reading, root, servers);
        var limits = SettingsPart.ReadLimits(reading, root, servers);
        var audit = SettingsPart.ReadAudit(reading, root);
        var webhooks = WebhooksPart.Read(reading, root);
        var metrics = OutletsPart.ReadMetrics(reading, root);
        root.Close();
        return new()
        {
            Path = path,
            Storage = storage,
            Admin = admin,
            Servers = servers.Servers,
            Projects = projects,
            WorkspaceRoles = workspaceRoles,
            DatabaseRoles = databaseRoles,
            Approval = approval,
            Masking = masking,
            Limits = limits,
            Audit = audit,
            Webhooks = webhooks,
            Metrics = metrics,
        };
    }
}
