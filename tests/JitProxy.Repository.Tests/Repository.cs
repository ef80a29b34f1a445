namespace JitProxy.Repository.Tests;

/// <summary>The files of the repository that these tests run from.</summary>
internal static class Repository
{
    private static readonly string[] Generated = ["artifacts", "bin", "obj", ".git"];

    /// <summary>Its top folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The source files, as paths from <see cref="Root"/> with slashes.</summary>
    public static IEnumerable<string> Sources => Files(Root, "*.cs");

    /// <summary>The READMEs, as paths from <see cref="Root"/>.</summary>
    public static IEnumerable<string> Readmes => Files(Root, "README.md");

    /// <summary>The project files, as paths from <see cref="Root"/>.</summary>
    public static IEnumerable<string> Projects => Files(Root, "*.csproj");

    public static string[] ReadLines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    public static bool Has(string path) => Path.Exists(Path.Combine(Root, path));

    private static IEnumerable<string> Files(string folder, string pattern)
    {
        var own = Directory.EnumerateFiles(folder, pattern).Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'));
        var below = Directory.EnumerateDirectories(folder)
            .Where(d => !Generated.Contains(Path.GetFileName(d)))
            .SelectMany(d => Files(d, pattern));
        return own.Concat(below).Order(StringComparer.Ordinal);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "JitProxy.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no JitProxy.sln above {AppContext.BaseDirectory}");
    }
}
